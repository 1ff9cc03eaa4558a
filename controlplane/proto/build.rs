//! Compiles the `.proto` files with protox, so no protoc is needed on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = [
        "proto/agent.proto",
        "proto/dns.proto",
        "proto/hearth.proto",
        "proto/identity.proto",
        "proto/raft.proto",
    ];
    for file in files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["proto"])?;
    // Ordered maps, so that equal messages have equal bytes: sets are compared by hash (`desired`).
    tonic_prost_build::configure().btree_map(".").compile_fds(descriptors)?;
    Ok(())
}
