//! Functions of numbers that `DataFusion` lacks or means differently.

use super::format_string::grouped;
use super::rowwise::{Answer, Context, Gives, Kind, Out, RowFunction, Value, row};

pub(super) static TABLE: &[RowFunction] = &[
    row(&["format_number"], &[Kind::Double, Kind::Int], Gives::Text, format_number),
    row(&["conv"], &[Kind::Text, Kind::Int, Kind::Int], Gives::Text, conv),
    row(&["hex"], &[Kind::Any], Gives::Text, hex),
    row(&["unhex"], &[Kind::Text], Gives::Bytes, unhex),
    row(&["bin"], &[Kind::Int], Gives::Text, bin),
    row(&["bround"], &[Kind::Double, Kind::Int], Gives::Double, bround).from(1),
    row(&["rint"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::round_ties_even)),
    row(&["sign", "signum"], &[Kind::Double], Gives::Double, |_, args| one(args, sign)),
    row(&["cbrt"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::cbrt)),
    row(&["exp"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::exp)),
    row(&["expm1"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::exp_m1)),
    row(&["sqrt"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::sqrt)),
    row(&["sin"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::sin)),
    row(&["cos"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::cos)),
    row(&["tan"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::tan)),
    row(&["asin"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::asin)),
    row(&["acos"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::acos)),
    row(&["atan"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::atan)),
    row(&["sinh"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::sinh)),
    row(&["cosh"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::cosh)),
    row(&["tanh"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::tanh)),
    row(&["degrees"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::to_degrees)),
    row(&["radians"], &[Kind::Double], Gives::Double, |_, args| one(args, f64::to_radians)),
    row(&["ln"], &[Kind::Double], Gives::Double, |_, args| logarithm(args, 0.0, f64::ln)),
    row(&["log10"], &[Kind::Double], Gives::Double, |_, args| logarithm(args, 0.0, f64::log10)),
    row(&["log2"], &[Kind::Double], Gives::Double, |_, args| logarithm(args, 0.0, f64::log2)),
    row(&["log1p"], &[Kind::Double], Gives::Double, |_, args| logarithm(args, -1.0, f64::ln_1p)),
    row(&["log"], &[Kind::Double, Kind::Double], Gives::Double, log).from(1),
    row(&["pow", "power"], &[Kind::Double, Kind::Double], Gives::Double, |_, args| two(args, f64::powf)),
    row(&["atan2"], &[Kind::Double, Kind::Double], Gives::Double, |_, args| two(args, f64::atan2)),
    row(&["hypot"], &[Kind::Double, Kind::Double], Gives::Double, |_, args| two(args, f64::hypot)),
    row(&["pi"], &[], Gives::Double, |_, _| Ok(Some(Out::Double(std::f64::consts::PI)))),
    row(&["e"], &[], Gives::Double, |_, _| Ok(Some(Out::Double(std::f64::consts::E)))),
    row(&["factorial"], &[Kind::Int], Gives::Int64, factorial),
    row(&["bit_count"], &[Kind::Int], Gives::Int32, bit_count),
];

fn one(args: &[Value<'_>], function: fn(f64) -> f64) -> Answer {
    let [Value::Double(x)] = args else { return Ok(None) };
    Ok(Some(Out::Double(function(*x))))
}

fn two(args: &[Value<'_>], function: fn(f64, f64) -> f64) -> Answer {
    let [Value::Double(x), Value::Double(y)] = args else { return Ok(None) };
    Ok(Some(Out::Double(function(*x, *y))))
}

/// Null where there is none, as in Hive.
fn logarithm(args: &[Value<'_>], above: f64, function: fn(f64) -> f64) -> Answer {
    let [Value::Double(x)] = args else { return Ok(None) };
    Ok((*x > above).then(|| Out::Double(function(*x))))
}

fn log(_: &Context, args: &[Value<'_>]) -> Answer {
    match args {
        [Value::Double(_)] => logarithm(args, 0.0, f64::ln),
        [Value::Double(base), Value::Double(x)] => {
            Ok((*base > 0.0 && *x > 0.0).then(|| Out::Double(x.ln() / base.ln())))
        }
        _ => Ok(None),
    }
}

fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

/// Half to even, at so many digits.
fn bround(_: &Context, args: &[Value<'_>]) -> Answer {
    let (x, digits) = match args {
        [Value::Double(x)] => (*x, 0),
        [Value::Double(x), Value::Int(digits)] => (*x, i32::try_from(*digits).unwrap_or(0)),
        _ => return Ok(None),
    };
    let scale = 10_f64.powi(digits.clamp(-300, 300));
    let rounded = (x * scale).round_ties_even() / scale;
    Ok(Some(Out::Double(if rounded.is_finite() { rounded } else { x })))
}

fn format_number(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Double(x), Value::Int(digits)] = args else { return Ok(None) };
    let Ok(digits) = usize::try_from(*digits) else { return Ok(None) };
    // Java's DecimalFormat rounds halves to even.
    let text = grouped(&format!("{:.*}", digits.min(300), x.abs()), true);
    let negative = *x < 0.0 && text.contains(|c: char| ('1'..='9').contains(&c));
    Ok(Some(Out::Text(if negative { format!("-{text}") } else { text })))
}

fn conv(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text), Value::Int(from), Value::Int(to)] = args else { return Ok(None) };
    let (Ok(from), Ok(to)) = (u32::try_from(*from), u32::try_from(to.abs())) else { return Ok(None) };
    if !(2..=36).contains(&from) || !(2..=36).contains(&to) {
        return Ok(None);
    }
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let mut value: u64 = 0;
    for digit in digits.chars().map_while(|c| c.to_digit(from)) {
        value = value.saturating_mul(u64::from(from)).saturating_add(u64::from(digit));
    }
    if negative {
        value = value.wrapping_neg();
    }
    let mut out = Vec::new();
    loop {
        let digit = u32::try_from(value % u64::from(to)).unwrap_or(0);
        out.push(char::from_digit(digit, to).unwrap_or('0').to_ascii_uppercase());
        value /= u64::from(to);
        if value == 0 {
            break;
        }
    }
    Ok(Some(Out::Text(out.into_iter().rev().collect())))
}

fn hex(_: &Context, args: &[Value<'_>]) -> Answer {
    let bytes = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    Ok(match args {
        [Value::Int(n)] => Some(Out::Text(format!("{n:X}"))),
        [Value::Double(n)] => Some(Out::Text(format!("{:X}", super::cast::saturating(*n)))),
        [Value::Text(text)] => Some(Out::Text(bytes(text.as_bytes()))),
        [Value::Bytes(from)] => Some(Out::Text(bytes(from))),
        _ => None,
    })
}

fn unhex(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Text(text)] = args else { return Ok(None) };
    let padded = if text.len() % 2 == 1 { format!("0{text}") } else { (*text).to_owned() };
    let pairs = padded.as_bytes().chunks(2).map(|pair| {
        let pair =
            std::str::from_utf8(pair).ok().filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u8::from_str_radix(pair, 16).ok()
    });
    Ok(pairs.collect::<Option<Vec<u8>>>().map(Out::Bytes))
}

fn bin(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(n)] = args else { return Ok(None) };
    Ok(Some(Out::Text(format!("{n:b}"))))
}

fn factorial(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(n)] = args else { return Ok(None) };
    Ok((0..=20).contains(n).then(|| Out::Int((1..=*n).product())))
}

fn bit_count(_: &Context, args: &[Value<'_>]) -> Answer {
    let [Value::Int(n)] = args else { return Ok(None) };
    Ok(Some(Out::Int(i64::from(n.count_ones()))))
}
