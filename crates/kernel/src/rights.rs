//! Roles, what each may do, and the table that names every route's need.

use serde::{Deserialize, Serialize};

/// A seat (岗位) a person can be appointed to (`design` 5).
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// 接线员: enters what is told by telephone.
    CallTaker,
    /// 受理员: accepts or declines.
    Acceptor,
    /// 派遣员: decides who handles.
    Dispatcher,
    /// 值班长: rules, approves, excludes.
    ShiftSupervisor,
    /// 核查员: checks what was handled.
    Verifier,
    /// 承办人: handles for a unit.
    Handler,
    /// 单位负责人: leads a unit, hands over inside it.
    UnitLead,
    /// 网格长: answers for a community's grids.
    GridChief,
    /// 网格员: works a grid.
    GridWorker,
    /// 监督员: watches, reminds, supervises.
    Supervisor,
    /// 网格管理员: draws the net of grids.
    NetKeeper,
    /// 联络员: an office's cadre who comes to a grid.
    LiaisonOfficer,
    /// 志愿者: lends a hand in a grid.
    Volunteer,
    /// 队伍管理员: keeps the people of an area's grids.
    PeopleKeeper,
    /// 系统管理员.
    SystemAdmin,
    /// 安全管理员.
    SecurityAdmin,
    /// 审计管理员.
    AuditAdmin,
}

/// Something a role may do. Every route names one.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Capability {
    /// See cases within the own scope.
    ReadCases,
    /// Enter a report for somebody else or from the grid.
    ReportCases,
    /// Accept, decline, ask the reporter, propose and merge duplicates.
    AcceptCases,
    /// Dispatch, re-dispatch, merge.
    DispatchCases,
    /// Rule on disputes; approve suspension, extension, voiding, exclusion; reopen.
    RuleCases,
    /// Check what was handled.
    VerifyCases,
    /// Sign, return, handle and ask for a unit.
    HandleCases,
    /// Hand over inside the unit.
    LeadUnit,
    /// Handle small things of the own grid at once; make safe.
    WorkGrid,
    /// Remind and supervise.
    WatchCases,
    /// Call departments to a place.
    Whistle,
    /// Export lists of cases.
    ExportCases,
    /// See a reporter's name and number for a purpose.
    SeeReporters,
    /// See the net, units and the catalogue.
    ReadNet,
    /// Draw drafts of the net.
    KeepNet,
    /// Approve drafts of the net that others drew.
    ApproveNet,
    /// Propose changes of the catalogue and routing.
    KeepMatters,
    /// Put in force what another person proposed.
    ReviewMatters,
    /// Ask for a matter to be put on grids, for the own unit.
    AskAdmission,
    /// Answer such a request, for the centre's area or the own town.
    AnswerAdmission,
    /// Change configuration, never see person data.
    ConfigureSystem,
    /// Appoint to any seat, lock and unlock.
    ManageRights,
    /// See the people of the own area; leave, stand-ins, handover, announcing and reviewing.
    KeepPeople,
    /// Appoint to posts in grids of the own area; confirm, approve allowances.
    AppointPosts,
    /// Change units, their contacts and hours.
    KeepOrgs,
    /// Hold visits and office hours in grids, answer what was brought up.
    Liaise,
    /// Read the audit log.
    ReadAudit,
}

use Capability as C;

impl Role {
    /// Every role, in the order of the case's life.
    pub const ALL: [Self; 17] = [
        Self::CallTaker,
        Self::Acceptor,
        Self::Dispatcher,
        Self::ShiftSupervisor,
        Self::Verifier,
        Self::Handler,
        Self::UnitLead,
        Self::GridChief,
        Self::GridWorker,
        Self::Supervisor,
        Self::NetKeeper,
        Self::LiaisonOfficer,
        Self::Volunteer,
        Self::PeopleKeeper,
        Self::SystemAdmin,
        Self::SecurityAdmin,
        Self::AuditAdmin,
    ];

    /// The word in SQL and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CallTaker => "call_taker",
            Self::Acceptor => "acceptor",
            Self::Dispatcher => "dispatcher",
            Self::ShiftSupervisor => "shift_supervisor",
            Self::Verifier => "verifier",
            Self::Handler => "handler",
            Self::UnitLead => "unit_lead",
            Self::GridChief => "grid_chief",
            Self::GridWorker => "grid_worker",
            Self::Supervisor => "supervisor",
            Self::NetKeeper => "net_keeper",
            Self::LiaisonOfficer => "liaison_officer",
            Self::Volunteer => "volunteer",
            Self::PeopleKeeper => "people_keeper",
            Self::SystemAdmin => "system_admin",
            Self::SecurityAdmin => "security_admin",
            Self::AuditAdmin => "audit_admin",
        }
    }

    /// What the role may do, within its seat's area or unit.
    #[must_use]
    pub fn capabilities(self) -> &'static [Capability] {
        match self {
            Self::CallTaker => &[C::ReadCases, C::ReportCases, C::ReadNet, C::SeeReporters],
            Self::Acceptor => &[
                C::ReadCases,
                C::ReportCases,
                C::AcceptCases,
                C::ReadNet,
                C::SeeReporters,
                C::ExportCases,
            ],
            Self::Dispatcher => &[
                C::ReadCases,
                C::ReportCases,
                C::DispatchCases,
                C::ReadNet,
                C::SeeReporters,
                C::WatchCases,
                C::Whistle,
                C::ExportCases,
            ],
            Self::ShiftSupervisor => &[
                C::ReadCases,
                C::ReportCases,
                C::RuleCases,
                C::ReadNet,
                C::ApproveNet,
                C::WatchCases,
                C::Whistle,
                C::ExportCases,
                C::ReviewMatters,
                C::AnswerAdmission,
            ],
            Self::Verifier => &[C::ReadCases, C::VerifyCases, C::ReadNet, C::SeeReporters],
            Self::Handler => &[
                C::ReadCases,
                C::ReportCases,
                C::HandleCases,
                C::ReadNet,
                C::SeeReporters,
            ],
            Self::UnitLead => &[
                C::ReadCases,
                C::ReportCases,
                C::HandleCases,
                C::LeadUnit,
                C::ReadNet,
                C::ExportCases,
                C::AskAdmission,
                C::AnswerAdmission,
            ],
            Self::GridChief => &[
                C::ReadCases,
                C::ReportCases,
                C::WorkGrid,
                C::Whistle,
                C::ReadNet,
                C::HandleCases,
                C::LeadUnit,
                C::KeepPeople,
                C::Liaise,
            ],
            Self::GridWorker => &[
                C::ReadCases,
                C::ReportCases,
                C::WorkGrid,
                C::HandleCases,
                C::ReadNet,
            ],
            Self::Supervisor => &[C::ReadCases, C::WatchCases, C::ReadNet, C::ExportCases],
            Self::NetKeeper => &[C::ReadCases, C::ReadNet, C::KeepNet, C::ApproveNet],
            Self::LiaisonOfficer => &[C::ReadCases, C::ReportCases, C::ReadNet, C::Liaise],
            Self::Volunteer => &[],
            Self::PeopleKeeper => &[
                C::ReadNet,
                C::KeepPeople,
                C::AppointPosts,
                C::KeepOrgs,
                C::Liaise,
            ],
            Self::SystemAdmin => &[
                C::ConfigureSystem,
                C::KeepMatters,
                C::ReviewMatters,
                C::KeepNet,
                C::ReadNet,
                C::KeepOrgs,
            ],
            Self::SecurityAdmin => &[C::ManageRights, C::ReadNet, C::KeepPeople, C::AppointPosts],
            Self::AuditAdmin => &[C::ReadAudit],
        }
    }

    /// The role's name as printed on a door, Chinese and English.
    #[must_use]
    pub fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::CallTaker => ("接线员", "Call taker"),
            Self::Acceptor => ("受理员", "Acceptance officer"),
            Self::Dispatcher => ("派遣员", "Dispatcher"),
            Self::ShiftSupervisor => ("值班长", "Shift supervisor"),
            Self::Verifier => ("核查员", "Verifier"),
            Self::Handler => ("承办人", "Handler"),
            Self::UnitLead => ("单位负责人", "Unit lead"),
            Self::GridChief => ("网格长", "Grid chief"),
            Self::GridWorker => ("网格员", "Grid worker"),
            Self::Supervisor => ("监督员", "Supervisor"),
            Self::NetKeeper => ("网格管理员", "Net keeper"),
            Self::LiaisonOfficer => ("联络员", "Liaison officer"),
            Self::Volunteer => ("志愿者", "Volunteer"),
            Self::PeopleKeeper => ("队伍管理员", "People keeper"),
            Self::SystemAdmin => ("系统管理员", "System administrator"),
            Self::SecurityAdmin => ("安全管理员", "Security administrator"),
            Self::AuditAdmin => ("审计管理员", "Audit administrator"),
        }
    }
}

/// What a route needs of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Anybody.
    Public,
    /// Anybody signed in.
    Session,
    /// Somebody who holds this capability in at least one seat; the area is in the `where` clause.
    Can(Capability),
}

/// One line of the table that names every route's need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RouteRule {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The path as the router matches it, e.g. `/api/cases/{id}`.
    pub path: &'static str,
    /// What the caller must hold.
    pub need: Need,
}

/// A line of the table.
#[must_use]
pub const fn rule(method: &'static str, path: &'static str, need: Need) -> RouteRule {
    RouteRule { method, path, need }
}
