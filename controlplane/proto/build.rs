//! Compiles the `.proto` files with protox, so no protoc is needed on the machine.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["agent", "cluster", "debug", "dns", "hearth", "identity", "raft"];
    let files = files.map(|name| format!("proto/{name}.proto"));
    for file in &files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(&files, ["proto"])?;
    // Ordered maps, so that equal messages have equal bytes: sets are compared by hash (`desired`). What the packages
    // share is generated once, and last: what the others' round leaves of it are services without messages.
    let configured = || tonic_prost_build::configure().btree_map(".");
    configured()
        .extern_path(".hearth.cluster.v1", "crate::cluster")
        .extern_path(".hearth.debug.v1", "crate::debug")
        .extern_path(".hearth.dns.v1", "crate::dns")
        // Shared by everybody who gets it, or too large to be copied on the way.
        .bytes(".hearth.api.v1.RowChange.row")
        .bytes(".hearth.raft.v1")
        // Every object would be as large as the largest one.
        .boxed(".hearth.agent.v1.Instance.dhcp_options")
        .boxed(".hearth.agent.v1.Instance.metadata")
        .boxed(".hearth.agent.v1.PrivateHealthCheck.health_check")
        .boxed(".hearth.agent.v1.PrivateRecordSet.record_set")
        .compile_fds(descriptors)?;
    // Record sets are shared too, and share themselves.
    configured()
        .extern_path(".hearth.cluster.v1", "crate::cluster")
        .extern_path(".hearth.debug.v1", "crate::debug")
        // It holds a private key, which stays out of logs.
        .skip_debug([".hearth.dns.v1.Signing"])
        .compile_fds(protox::compile(["proto/dns.proto"], ["proto"])?)?;
    let shared = protox::compile(["proto/cluster.proto", "proto/debug.proto"], ["proto"])?;
    configured().compile_fds(shared)?;
    Ok(())
}
