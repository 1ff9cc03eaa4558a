//! Every action of Account Management that is served, one line each.

use crate::alternate_contact::ops::{delete_alternate_contact, get_alternate_contact, put_alternate_contact};
use crate::contact::ops::{get_contact_information, put_contact_information};
use crate::information::ops::{get_account_information, put_account_name};
use crate::region::ops::{get_region_opt_status, list_regions};
use controlplane_services_kernel::OperationEntry;

pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<delete_alternate_contact::DeleteAlternateContact>(),
    OperationEntry::read::<get_account_information::GetAccountInformation>(),
    OperationEntry::read::<get_alternate_contact::GetAlternateContact>(),
    OperationEntry::read::<get_contact_information::GetContactInformation>(),
    OperationEntry::read::<get_region_opt_status::GetRegionOptStatus>(),
    OperationEntry::read::<list_regions::ListRegions>(),
    OperationEntry::write::<put_account_name::PutAccountName>(),
    OperationEntry::write::<put_alternate_contact::PutAlternateContact>(),
    OperationEntry::write::<put_contact_information::PutContactInformation>(),
];
