//! `load-with-rust PROFILE FOLDER FORMAT WHAT [TABLE…]`: lists everything, and loads each table,
//! named as share.schema.table. FORMAT is what the capabilities ask for: `parquet`, `delta` or
//! `none`; WHAT is `files` or `frames`, which panic on types that the crate's polars was built
//! without.
//!
//! Prints one JSON object. Of a table it has `version`, `files` (the paths that the client
//! downloaded below FOLDER, whole), and for `frames` also `frame`, where its rows went as one
//! Parquet file; instead of what failed stands `error`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use delta_sharing::protocol::{FilesRequest, ProviderConfig, Table};
use delta_sharing::Client;
use polars::prelude::ParquetWriter;
use serde_json::{json, Value};

type Failure = Box<dyn std::error::Error>;

fn capabilities(format: &str) -> Option<HashMap<String, String>> {
    let pair = |key: &str, value: &str| (key.to_string(), value.to_string());
    match format {
        "none" => None,
        _ => Some(HashMap::from([
            pair("responseformat", format),
            pair("readerfeatures", "deletionvectors,columnmapping,timestampntz"),
        ])),
    }
}

async fn list(client: &Client) -> Result<Value, Failure> {
    let (mut schemas, mut tables, mut all) = (vec![], vec![], vec![]);
    let shares = client.list_shares().await?;
    for share in &shares {
        for schema in client.list_schemas(share).await? {
            for table in client.list_tables(&schema).await? {
                tables.push(table.fully_qualified_name());
            }
            schemas.push(format!("{}.{}", schema.share, schema.name));
        }
        for table in client.list_all_tables(share).await? {
            all.push(table.fully_qualified_name());
        }
    }
    let shares: Vec<_> = shares.into_iter().map(|share| share.name).collect();
    Ok(json!({"shares": shares, "schemas": schemas, "tables": tables, "all": all}))
}

/// The rows as the client makes a frame of them.
async fn load(client: &mut Client, table: &Table, out: &Path) -> Result<PathBuf, Failure> {
    let mut frame = client.get_dataframe(table, None).await?.collect()?;
    let path = out.join(format!("{}.parquet", table.fully_qualified_name()));
    ParquetWriter::new(std::fs::File::create(&path)?).finish(&mut frame)?;
    Ok(path)
}

async fn describe(client: &mut Client, table: &Table, frame_in: Option<&Path>) -> Value {
    let or_error = |result: Result<Value, String>| match result {
        Ok(value) => value,
        Err(text) => json!({ "error": text }),
    };
    let files = client.get_files(table, None).await;
    let first = FilesRequest { predicate_hints: None, limit_hint: Some(1), version: Some(0) };
    let limited = client.list_table_files(table, Some(first)).await;
    let frame = match frame_in {
        Some(out) => or_error(load(client, table, out).await
            .map(|path| json!(path)).map_err(|error| error.to_string())),
        None => Value::Null,
    };
    json!({
        "version": client.get_table_version(table).await,
        "metadata": or_error(client.get_table_metadata(table).await
            .map(|metadata| json!(metadata)).map_err(|error| error.to_string())),
        "files": or_error(files.map(|paths| json!(paths)).map_err(|error| error.to_string())),
        "files_of_version_0": or_error(limited
            .map(|found| json!(found.files.len())).map_err(|error| error.to_string())),
        "frame": frame,
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [profile, folder, format, what, names @ ..] = arguments.as_slice() else {
        return Err("usage: load-with-rust PROFILE FOLDER FORMAT files|frames [TABLE…]".into());
    };
    let frame_in = (what == "frames").then_some(Path::new(folder));
    let config: ProviderConfig = serde_json::from_str(&std::fs::read_to_string(profile)?)?;
    let mut client = Client::new(config, Some(folder.clone()), capabilities(format)).await?;
    let mut tables = serde_json::Map::new();
    for name in names {
        let parts: Vec<_> = name.split('.').map(str::to_string).collect();
        let [share, schema, table] = <[String; 3]>::try_from(parts).map_err(|_| "bad name")?;
        let table = Table { name: table, share, schema };
        let found = describe(&mut client, &table, frame_in).await;
        tables.insert(name.clone(), found);
    }
    println!("{}", json!({"listings": list(&client).await?, "tables": tables}));
    Ok(())
}
