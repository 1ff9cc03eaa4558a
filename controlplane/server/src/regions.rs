//! Which regions the cluster serves: what the records say, on whichever member asks, and not what this member was started with.

use controlplane_services_kernel::manifest::Document;
use controlplane_services_kernel::{ServiceError, View};
use controlplane_services_native::Region;

/// Refuses a region that is not served; `field` is where it was named.
pub(crate) fn check(view: &View, field: &str, name: &str) -> Result<(), ServiceError> {
    if Region::named(view, name).is_some() {
        return Ok(());
    }
    let served: Vec<&str> = Region::all(view).iter().map(|region| region.name.as_str()).collect();
    let message = format!("{field}: {name:?} is not one of this cluster's regions");
    Err(ServiceError::new("UnknownRegion", 400, message)
        .with_hint(format!("it serves {}", served.join(", "))))
}

/// Refuses documents that name a region that is not served.
pub(crate) fn check_documents(view: &View, documents: &[Document]) -> Result<(), ServiceError> {
    let named = documents.iter().filter_map(|document| document.metadata.region.as_deref());
    named.into_iter().try_for_each(|region| check(view, "metadata.region", region))
}
