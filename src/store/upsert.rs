//! Many rows in one statement: insert them, or overwrite the ones that exist.

pub(crate) use super::batch::parts;

/// Inserts or overwrites rows by `id`, within their organization, in statements of few different lengths:
/// `upsert_rows!(tx, "stages", rows, |row| { id: row.id, name: &row.name })`. `created_at` keeps its first value.
#[macro_export]
macro_rules! upsert_rows {
    ($tx:expr, $table:literal, $rows:expr, |$row:ident| { $($column:ident: $value:expr),+ $(,)? }) => {{
        const COLUMNS: &[&str] = &[$(stringify!($column)),+];
        for chunk in $crate::store::upsert::parts(&$rows[..]) {
            $crate::on_tx!($tx, |c| {
                let mut sql = sqlx::QueryBuilder::new($crate::store::upsert::head($table, COLUMNS));
                sql.push_values(chunk, |mut values, $row| {
                    $(values.push_bind($value);)+
                });
                sql.push($crate::store::upsert::tail($table, COLUMNS));
                sql.build().execute(&mut *c).await.map(drop)
            })?;
        }
    }};
}

/// `INSERT INTO table (columns) `.
pub(crate) fn head(table: &str, columns: &[&str]) -> String {
    format!("INSERT INTO {table} ({}) ", columns.join(", "))
}

/// ` ON CONFLICT (id) DO UPDATE SET …`, within the organization.
pub(crate) fn tail(table: &str, columns: &[&str]) -> String {
    let set: Vec<String> = columns
        .iter()
        .filter(|column| !["id", "organization_id", "created_at"].contains(column))
        .map(|column| format!("{column} = excluded.{column}"))
        .collect();
    format!(" ON CONFLICT (id) DO UPDATE SET {} WHERE {table}.organization_id = excluded.organization_id", set.join(", "))
}
