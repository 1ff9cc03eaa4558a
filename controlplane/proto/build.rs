//! Compiles the `.proto` files with protox, so no protoc is needed on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["agent", "cluster", "debug", "dns", "hearth", "identity", "raft"];
    let files = files.map(|name| format!("proto/{name}.proto"));
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, ["proto"])?;
    // Ordered maps, so that equal messages have equal bytes: sets are compared by hash (`desired`). What the packages
    // share is generated once.
    let configured = || tonic_prost_build::configure().btree_map(".");
    let shared = protox::compile(["proto/cluster.proto"], ["proto"])?;
    configured().compile_fds(shared)?;
    configured()
        .extern_path(".hearth.cluster.v1", "crate::cluster")
        // Shared by everybody who gets it, or too large to be copied on the way.
        .bytes(".hearth.api.v1.RowChange.row")
        .bytes(".hearth.raft.v1")
        .compile_fds(descriptors)?;
    Ok(())
}
