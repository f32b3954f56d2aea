//! The policy's words in the API's description.
use crate::described;

described! { pub RoleWord, "Role" of policy::Role }
described! { pub ActionWord, "Action" of policy::Action }
described! { pub PurposeWord, "Purpose" of policy::Purpose }
