//! `Catalog`: `spark.catalog`: one catalog `spark_catalog` with one database `default`, and the session's views.

use datafusion::logical_expr::LogicalPlan;
use millstream_engine::EngineError;
use millstream_engine::functions::ddl;

use super::Planner;
use super::rows::{Cells, batch, plan as plan_of};
use crate::error::{Kind, Result, SparkError, invalid_plan, unsupported};
use crate::proto::connect::Catalog;
use crate::proto::connect::catalog::CatType;
use crate::session::Session;

const CATALOG: &str = "spark_catalog";
const DATABASE: &str = "default";

pub(super) async fn plan(planner: &mut Planner<'_>, catalog: &Catalog) -> Result<LogicalPlan> {
    let session = planner.session;
    let asked = catalog.cat_type.as_ref().ok_or_else(|| invalid_plan("The catalog is asked for nothing."))?;
    Ok(match asked {
        CatType::CurrentDatabase(_) => text("current_database", DATABASE)?,
        CatType::CurrentCatalog(_) => text("current_catalog", CATALOG)?,
        CatType::SetCurrentDatabase(set) => {
            check_database(&set.db_name)?;
            none()?
        }
        CatType::SetCurrentCatalog(set) => {
            if set.catalog_name != CATALOG {
                return Err(unsupported(format!("the catalog {}", set.catalog_name)));
            }
            none()?
        }
        CatType::ListCatalogs(_) => plan_of(batch(vec![
            ("name", Cells::texts([CATALOG])),
            ("description", Cells::Texts(vec![None])),
        ])?)?,
        CatType::ListDatabases(_) => database()?,
        CatType::GetDatabase(get) => {
            check_database(&get.db_name)?;
            database()?
        }
        CatType::DatabaseExists(exists) => flag(exists.db_name.eq_ignore_ascii_case(DATABASE))?,
        CatType::ListTables(list) => tables(matching(session, list.pattern.as_deref()))?,
        CatType::ListViews(list) => tables(matching(session, list.pattern.as_deref()))?,
        CatType::GetTable(get) => {
            session.engine.table(&get.table_name).await?;
            tables(vec![last_part(&get.table_name)])?
        }
        CatType::TableExists(exists) => flag(session.engine.has_table(&exists.table_name))?,
        CatType::ListColumns(list) => columns(session, &list.table_name).await?,
        CatType::DropTempView(drop) => flag(session.engine.drop_temp_view(&drop.view_name))?,
        CatType::DropGlobalTempView(drop) => flag(session.engine.drop_temp_view(&drop.view_name))?,
        CatType::DropView(drop) => {
            if !session.engine.drop_temp_view(&drop.view_name) && !drop.if_exists {
                return Err(EngineError::table_not_found(&drop.view_name).into());
            }
            none()?
        }
        // Nothing is cached, which never changes a result.
        CatType::IsCached(is) => {
            session.engine.table(&is.table_name).await?;
            flag(false)?
        }
        CatType::CacheTable(cache) => {
            session.engine.table(&cache.table_name).await?;
            none()?
        }
        CatType::UncacheTable(_)
        | CatType::ClearCache(_)
        | CatType::RefreshTable(_)
        | CatType::RefreshByPath(_) => none()?,
        CatType::FunctionExists(exists) => flag(millstream_engine::functions::exists(&exists.function_name))?,
        CatType::ListFunctions(list) => functions(list.pattern.as_deref())?,
        _ => return Err(unsupported("this method of spark.catalog")),
    })
}

fn none() -> Result<LogicalPlan> {
    plan_of(batch(vec![("", Cells::Texts(vec![]))])?)
}

fn text(name: &str, value: &str) -> Result<LogicalPlan> {
    plan_of(batch(vec![(name, Cells::texts([value]))])?)
}

fn flag(value: bool) -> Result<LogicalPlan> {
    plan_of(batch(vec![("value", Cells::Flags(vec![value]))])?)
}

fn check_database(name: &str) -> Result<()> {
    if name.eq_ignore_ascii_case(DATABASE) {
        return Ok(());
    }
    let text = format!(
        "The schema `{CATALOG}`.`{name}` cannot be found. Verify the spelling and correctness of the schema and catalog."
    );
    Err(SparkError::new(Kind::Analysis, "SCHEMA_NOT_FOUND", "42704", text))
}

fn database() -> Result<LogicalPlan> {
    plan_of(batch(vec![
        ("name", Cells::texts([DATABASE])),
        ("catalog", Cells::texts([CATALOG])),
        ("description", Cells::texts(["default database"])),
        ("locationUri", Cells::texts(["spark-warehouse"])),
    ])?)
}

fn last_part(name: &str) -> String {
    let plain = name.replace('`', "").to_lowercase();
    plain.rsplit('.').next().unwrap_or(&plain).to_owned()
}

/// The session's tables whose names fit a pattern with `*` and `|`.
pub(crate) fn matching(session: &Session, pattern: Option<&str>) -> Vec<String> {
    session
        .engine
        .tables()
        .into_iter()
        .filter(|name| pattern.is_none_or(|pattern| fits(name, pattern)))
        .collect()
}

/// Spark's patterns of names: `*` is anything, `|` is or, case does not matter.
pub(crate) fn fits(name: &str, pattern: &str) -> bool {
    let (name, pattern) = (name.to_lowercase(), pattern.trim().to_lowercase());
    pattern.split('|').any(|one| {
        let mut parts = one.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut last = None;
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
            last = Some(part);
        }
        match last {
            None => rest.is_empty(),
            Some("") => true,
            Some(part) => rest.is_empty() || name.ends_with(part),
        }
    })
}

fn tables(names: Vec<String>) -> Result<LogicalPlan> {
    let none = || Cells::Texts(vec![None; names.len()]);
    plan_of(batch(vec![
        ("name", Cells::texts(names.clone())),
        ("catalog", none()),
        ("namespace", none()),
        ("description", none()),
        ("tableType", Cells::texts(names.iter().map(|_| "TEMPORARY"))),
        ("isTemporary", Cells::Flags(vec![true; names.len()])),
    ])?)
}

async fn columns(session: &Session, table: &str) -> Result<LogicalPlan> {
    let plan = session.engine.table(table).await?;
    let fields = plan.schema().fields();
    let no = || Cells::Flags(vec![false; fields.len()]);
    plan_of(batch(vec![
        ("name", Cells::texts(fields.iter().map(|field| field.name().as_str()))),
        ("description", Cells::Texts(vec![None; fields.len()])),
        ("dataType", Cells::texts(fields.iter().map(|field| ddl::name(field.data_type())))),
        ("nullable", Cells::Flags(fields.iter().map(|field| field.is_nullable()).collect())),
        ("isPartition", no()),
        ("isBucket", no()),
        ("isCluster", no()),
    ])?)
}

fn functions(pattern: Option<&str>) -> Result<LogicalPlan> {
    let names = millstream_engine::functions::all();
    let names: Vec<_> =
        names.into_iter().filter(|name| pattern.is_none_or(|pattern| fits(name, pattern))).collect();
    let none = || Cells::Texts(vec![None; names.len()]);
    plan_of(batch(vec![
        ("name", Cells::texts(names.clone())),
        ("catalog", none()),
        ("namespace", none()),
        ("description", none()),
        ("className", Cells::texts(names.iter().map(|_| "built-in"))),
        ("isTemporary", Cells::Flags(vec![true; names.len()])),
    ])?)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        let cases = [
            ("clicks", "*", true),
            ("clicks", "cl*", true),
            ("clicks", "*ks", true),
            ("clicks", "c*x", false),
            ("clicks", "CLICKS", true),
            ("clicks", "a|cl*s", true),
            ("clicks", "click", false),
        ];
        for (name, pattern, expected) in cases {
            assert_eq!(fits(name, pattern), expected, "{name} {pattern}");
        }
    }
}
