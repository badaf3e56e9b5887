//! Spark's DDL for types: `a INT, b STRING NOT NULL COMMENT 'x'`, `struct<a: int>`, `array<map<string, double>>`.

use arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use super::MAX_DEPTH;
use super::from_proto::{decimal_type, list, map, timestamp};
use crate::error::{Result, SparkError, invalid_schema};

/// Reads a list of columns, or else a single type.
pub(super) fn parse(text: &str) -> Result<DataType> {
    let mut parser = Parser::new(text)?;
    match parser.columns(0).and_then(|columns| parser.end().map(|()| columns)) {
        Ok(columns) => Ok(DataType::Struct(columns)),
        Err(error) => parse_type(text).map_err(|_| error),
    }
}

/// Reads a single type.
pub(super) fn parse_type(text: &str) -> Result<DataType> {
    let mut parser = Parser::new(text)?;
    let data_type = parser.data_type(0)?;
    parser.end()?;
    Ok(data_type)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A name or keyword, as written.
    Word(String),
    /// A name in backquotes: never a keyword.
    Quoted(String),
    /// A text in quotes.
    Text(String),
    Number(i32),
    Sign(char),
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Result<Self> {
        Ok(Self { text, tokens: tokens(text)?, at: 0 })
    }

    fn wrong(&self, why: &str) -> SparkError {
        let start: String = self.text.chars().take(200).collect();
        invalid_schema(&start, why)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) -> Result<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.wrong(&format!("'{sign}' is missing"))) }
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn end(&self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(token) => Err(self.wrong(&format!("{token:?} was not expected"))),
        }
    }

    /// `name type`, `name: type`, separated by commas.
    fn columns(&mut self, depth: usize) -> Result<Fields> {
        let mut columns = Vec::new();
        loop {
            let name = match self.next() {
                Some(Token::Word(name) | Token::Quoted(name)) => name,
                Some(token) => {
                    return Err(self.wrong(&format!("a column's name was expected, not {token:?}")));
                }
                None => return Err(self.wrong("a column's name was expected, not the end")),
            };
            self.sign(':');
            let data_type = self.data_type(depth)?;
            let not_null = self.keyword("not");
            if not_null && !self.keyword("null") {
                return Err(self.wrong("NULL is missing after NOT"));
            }
            if self.keyword("comment") && !matches!(self.next(), Some(Token::Text(_))) {
                return Err(self.wrong("a text is missing after COMMENT"));
            }
            columns.push(Field::new(name, data_type, !not_null));
            if !self.sign(',') {
                return Ok(columns.into());
            }
        }
    }

    fn data_type(&mut self, depth: usize) -> Result<DataType> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("it nests too deep"));
        }
        let name = match self.next() {
            Some(Token::Word(name)) => name.to_ascii_lowercase(),
            Some(token) => return Err(self.wrong(&format!("a type was expected, not {token:?}"))),
            None => return Err(self.wrong("a type was expected, not the end")),
        };
        match name.as_str() {
            "array" => {
                self.expect('<')?;
                let element = self.data_type(depth + 1)?;
                self.expect('>')?;
                Ok(list(element, true))
            }
            "map" => {
                self.expect('<')?;
                let key = self.data_type(depth + 1)?;
                self.expect(',')?;
                let value = self.data_type(depth + 1)?;
                self.expect('>')?;
                Ok(map(key, value, true))
            }
            "struct" => {
                self.expect('<')?;
                if self.sign('>') {
                    return Ok(DataType::Struct(Fields::empty()));
                }
                let columns = self.columns(depth + 1)?;
                self.expect('>')?;
                Ok(DataType::Struct(columns))
            }
            "decimal" | "dec" | "numeric" => self.decimal(),
            "char" | "character" | "varchar" => {
                self.number_in_brackets()?;
                Ok(DataType::Utf8)
            }
            other => leaf(other).ok_or_else(|| self.wrong(&format!("the type {other} is not known"))),
        }
    }

    fn number_in_brackets(&mut self) -> Result<i32> {
        self.expect('(')?;
        let Some(Token::Number(number)) = self.next() else { return Err(self.wrong("a number is missing")) };
        self.expect(')')?;
        Ok(number)
    }

    fn decimal(&mut self) -> Result<DataType> {
        if !self.sign('(') {
            return decimal_type(10, 0);
        }
        let Some(Token::Number(precision)) = self.next() else {
            return Err(self.wrong("a number is missing"));
        };
        let scale = match self.sign(',').then(|| self.next()) {
            None => 0,
            Some(Some(Token::Number(scale))) => scale,
            Some(_) => return Err(self.wrong("a number is missing")),
        };
        self.expect(')')?;
        decimal_type(precision, scale)
    }
}

fn leaf(name: &str) -> Option<DataType> {
    Some(match name {
        "boolean" => DataType::Boolean,
        "tinyint" | "byte" => DataType::Int8,
        "smallint" | "short" => DataType::Int16,
        "int" | "integer" => DataType::Int32,
        "bigint" | "long" => DataType::Int64,
        "float" | "real" => DataType::Float32,
        "double" => DataType::Float64,
        "string" => DataType::Utf8,
        "binary" => DataType::Binary,
        "date" => DataType::Date32,
        "timestamp" | "timestamp_ltz" => timestamp(),
        "timestamp_ntz" => DataType::Timestamp(TimeUnit::Microsecond, None),
        "void" => DataType::Null,
        _ => return None,
    })
}

fn tokens(text: &str) -> Result<Vec<Token>> {
    let wrong = |why: &str| invalid_schema(&text.chars().take(200).collect::<String>(), why);
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '<' | '>' | '(' | ')' | ',' | ':' => tokens.push(Token::Sign(c)),
            '`' | '\'' | '"' => {
                let quoted: String = chars.by_ref().take_while(|&next| next != c).collect();
                tokens.push(if c == '`' { Token::Quoted(quoted) } else { Token::Text(quoted) });
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|&next| next.is_alphanumeric() || next == '_') {
                    word.push(next);
                }
                tokens.push(word.parse().map_or(Token::Word(word), Token::Number));
            }
            other => return Err(wrong(&format!("'{other}' was not expected"))),
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use crate::types::{parse_schema, to_ddl};

    #[test]
    fn schemas() {
        let cases = [
            ("a INT, b STRING", "a INT,b STRING"),
            ("a: int, `b c`: string NOT NULL COMMENT 'x'", "a INT,`b c` STRING NOT NULL"),
            ("struct<a:int,b:array<double>>", "a INT,b ARRAY<DOUBLE>"),
            ("array<map<string, decimal(10, 2)>>", "ARRAY<MAP<STRING, DECIMAL(10,2)>>"),
            ("bigint", "BIGINT"),
            ("timestamp timestamp, date date", "timestamp TIMESTAMP,date DATE"),
            ("v varchar(10), d decimal", "v STRING,d DECIMAL(10,0)"),
        ];
        for (text, ddl) in cases {
            assert_eq!(parse_schema(text).and_then(|t| to_ddl(&t)), Ok(ddl.to_owned()), "{text}");
        }
    }

    #[test]
    fn hostile_schemas() {
        let deep = "array<".repeat(10_000);
        for text in
            ["", "a", "a INT,", "a INT b", "a decimal(99,1)", "array<int", "a INT NOT", "a $", "a `x`", &deep]
        {
            let error = parse_schema(text).unwrap_err();
            assert!(error.condition_name().is_some(), "{text}: {error}");
        }
    }
}
