//! The same action on several kinds of entity.
//!
//! AWS has `AttachUserPolicy`, `AttachGroupPolicy` and `AttachRolePolicy`, alike but for the member that names the entity.
//! [`actions!`] makes the input of each; what is done is one generic function, in one file for the family.

/// `write attach(policy_arn: String) -> () { AttachUserPolicy: User, user_name; ... }` serves each of the actions by calling
/// `attach::<User>(user_name, policy_arn, cx)`. `read` is the same for queries.
macro_rules! actions {
    (write $act:ident $members:tt -> $Output:ty { $($Action:ident: $Entity:ty, $name:ident;)+ }) => {$(
        #[doc = concat!("See the module: for `", stringify!($Entity), "`.")]
        pub struct $Action;
        actions!(@one write $act $members $Output, $Action, $Entity, $name);
    )+};
    (read $act:ident $members:tt -> $Output:ty { $($Action:ident: $Entity:ty, $name:ident;)+ }) => {$(
        #[doc = concat!("See the module: for `", stringify!($Entity), "`.")]
        pub struct $Action;
        actions!(@one read $act $members $Output, $Action, $Entity, $name);
    )+};
    (@one write $act:ident ($($member:ident: $Type:ty),*) $Output:ty, $Action:ident, $Entity:ty, $name:ident) => {
        const _: () = {
            #[derive(Debug, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub struct Input {
                $name: String,
                $($member: $Type,)*
            }

            impl controlplane_services_kernel::Operation for $Action {
                const NAME: &'static str = stringify!($Action);
                type Input = Input;
                type Output = $Output;

                fn run(
                    input: &Input,
                    cx: &mut controlplane_services_kernel::Context,
                ) -> Result<$Output, controlplane_services_kernel::ServiceError> {
                    $act::<$Entity>(&input.$name, $(&input.$member,)* cx)
                }
            }
        };
    };
    (@one read $act:ident ($($member:ident: $Type:ty),*) $Output:ty, $Action:ident, $Entity:ty, $name:ident) => {
        const _: () = {
            #[derive(Debug, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "PascalCase")]
            pub struct Input {
                $name: String,
                $($member: $Type,)*
            }

            impl controlplane_services_kernel::Query for $Action {
                const NAME: &'static str = stringify!($Action);
                type Input = Input;
                type Output = $Output;

                fn run(
                    input: &Input,
                    reader: &controlplane_services_kernel::Reader,
                ) -> Result<$Output, controlplane_services_kernel::ServiceError> {
                    $act::<$Entity>(&input.$name, $(&input.$member,)* reader)
                }
            }
        };
    };
}

pub(crate) use actions;
