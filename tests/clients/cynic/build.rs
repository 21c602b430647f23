//! Registers the schema with cynic, and writes types for each operation of `docs/api/operations`.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../..");
    let (schema, operations) = (root.join("schema.graphql"), root.join("docs/api/operations"));
    for read in [&schema, &operations] {
        println!("cargo::rerun-if-changed={}", read.display());
    }
    let text = fs::read_to_string(&schema)?;
    cynic_codegen::register_schema("fidelidade")
        .from_sdl(&text)?
        .as_default()?;

    let generator = cynic_querygen::Generator::new(&text)?;
    let mut modules = String::new();
    let mut files: Vec<_> = fs::read_dir(&operations)?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for path in files.iter().map(fs::DirEntry::path) {
        let Some(name) = path.to_str().and_then(|path| path.strip_suffix(".graphql")) else {
            continue;
        };
        let module = name.rsplit('/').next().unwrap_or(name).replace('-', "_");
        let types = generator
            .generate(fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        // It takes each scalar for a text.
        let types = types.replace("struct Points(pub String)", "struct Points(pub i64)");
        write!(modules, "pub mod {module} {{\nuse super::schema;\n{types}\n}}\n")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("operations.rs"), modules)?;
    Ok(())
}
