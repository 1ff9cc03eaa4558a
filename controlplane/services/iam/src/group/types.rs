use crate::entity::Entity;
use crate::permissions::{Permissions, Principal};
use crate::user::{BY_GROUP, User};
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_services_kernel::{Reader, Record};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};

/// A group of users. Id: the name in lower case. Users say which groups they are in.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Group {
    /// As it was given.
    #[n(0)]
    pub name: String,
    /// `/` or `/division/`.
    #[n(1)]
    pub path: String,
    /// `AGPA...`
    #[n(2)]
    pub group_id: String,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// What its users may.
    #[n(4)]
    pub permissions: Permissions,
}

impl Group {
    /// Who is in it, ordered by name.
    pub fn users<'r>(&self, reader: &'r Reader) -> impl Iterator<Item = &'r User> + use<'r> {
        reader.find::<User>(BY_GROUP, &self.name.to_lowercase()).map(|stored| stored.record)
    }
}

impl Record for Group {
    const KIND: &'static str = "user_group";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        self.permissions.index(add);
    }
}

impl Entity for Group {
    const NOUN: &'static str = "group";
    const PREFIX: &'static str = "AGPA";
    const QUOTA: (&'static str, &'static Quota) = ("GroupsPerAccount", &quota::IAM_GROUPS);

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        &self.path
    }
}

impl Principal for Group {
    const POLICIES_QUOTA: (&'static str, &'static Quota) = ("PoliciesPerGroup", &quota::IAM_GROUP_POLICIES);
    const INLINE_MAX: usize = 5_120;

    fn permissions(&self) -> &Permissions {
        &self.permissions
    }

    fn permissions_mut(&mut self) -> &mut Permissions {
        &mut self.permissions
    }
}
