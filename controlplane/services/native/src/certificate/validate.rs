use crate::errors;
use controlplane_services_kernel::ServiceError;

/// Longer names would not fit into one label of the name inside a certificate.
const MAX_NAME: usize = 63;

/// A holder's name stands before the role in a DNS name, so it has to be one itself.
pub fn name(name: &str) -> Result<(), ServiceError> {
    let plain = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() > MAX_NAME || !name.split('.').all(plain) {
        let rule = "1 to 63 letters, digits, '-', '_' and single '.', with no '-' at either end";
        return Err(errors::invalid_field("name", name, rule));
    }
    Ok(())
}
