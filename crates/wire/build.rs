//! Turns the tables under `schemas/` into Rust, one file per family, in cargo's output directory.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

#[path = "codegen/codec.rs"]
mod codec;
#[path = "codegen/json.rs"]
mod json;
#[path = "codegen/parse.rs"]
mod parse;
#[path = "codegen/registry.rs"]
mod registry;
#[path = "codegen/sample.rs"]
mod sample;
#[path = "codegen/schema.rs"]
mod schema;
#[path = "codegen/types.rs"]
mod types;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=schemas");
    println!("cargo::rerun-if-changed=codegen");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for family in
        ["header", "consumer_protocol", "coordinator_records", "metadata", "raft", "transaction_records"]
    {
        let file = read(Path::new(&format!("schemas/{family}.schema")))?;
        let mut code = rust(&file);
        file.structs().iter().for_each(|item| code.push_str(&json::implementation(item)));
        code.push_str(&registry::visit(file.messages.iter().map(|message| message.name.clone())));
        if family == "metadata" {
            code.push_str(&registry::record_enum("MetadataRecord", "metadata", &file));
            code.push_str(&json::record_enum("MetadataRecord", &file));
        }
        if matches!(family, "coordinator_records" | "transaction_records") {
            code.push_str(&json::keys_and_values(&file));
        }
        fs::write(out.join(format!("{family}.rs")), code)?;
    }
    fs::write(out.join("messages.rs"), apis()?)?;
    Ok(())
}

/// A module for each file of `schemas/api`, and the list of them.
fn apis() -> Result<String, Box<dyn Error>> {
    let mut paths =
        fs::read_dir("schemas/api")?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    let mut code = String::new();
    let mut apis = Vec::new();
    for path in paths {
        let file = read(&path)?;
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let (_, module) = stem.split_once('_').ok_or("a schema is named KEY_api.schema")?;
        let api = registry::Api::of(module, &file).map_err(|error| format!("{}: {error}", path.display()))?;
        code.push_str(&api.module(&rust(&file)));
        apis.push(api);
    }
    code.push_str(&registry::apis(&apis));
    Ok(code)
}

fn read(path: &Path) -> Result<schema::File, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    parse::file(&text).map_err(|error| format!("{}:{error}", path.display()).into())
}

/// The Rust code of every message and struct of a file.
fn rust(file: &schema::File) -> String {
    let mut code = String::new();
    for item in file.structs() {
        code.push_str(&types::definition(&item));
        code.push_str(&codec::implementation(&item, file));
        code.push_str(&sample::implementation(&item));
    }
    for message in &file.messages {
        code.push_str(&types::message(message, file));
    }
    code
}
