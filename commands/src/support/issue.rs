//! Rights, owners and facts of issues.

use domain::{
    Id,
    catalog::product::ProductId,
    crm::customer::CustomerId,
    files::file::{FileId, Purpose, ScanStatus},
    identity::{Actor, Owner},
    licensing::license::LicenseId,
    organizations::cabinet::{CabinetId, CabinetStatus},
    support::issue::{
        AttachableFile, Command, CommandKind, Facts, Issue, NewAttachment, NewComment, Refusal,
        Thread, Visibility, on_behalf_of,
    },
};

use crate::{AggregateReader, Handler, ReadError, Right, crm::is_active_customer, policy};

impl Handler for Issue {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Assign => Right::IssuesWork,
            CommandKind::Open
            | CommandKind::Edit
            | CommandKind::Comment
            | CommandKind::EditComment
            | CommandKind::DeleteComment
            | CommandKind::AttachFile
            | CommandKind::DeleteAttachment => Right::IssuesWrite,
            CommandKind::Resolve | CommandKind::Reopen | CommandKind::Close => Right::IssuesClose,
        }
    }

    /// What is internal needs the right to work on issues.
    fn right_of(command: &Command) -> Right {
        match command {
            Command::Comment(NewComment { visibility: Visibility::Internal, .. })
            | Command::AttachFile(NewAttachment { visibility: Visibility::Internal, .. }) => {
                Right::IssuesWork
            }
            command => Self::right(command.into()),
        }
    }

    /// The decision checks for which cabinet an issue may be opened (SUP-8).
    fn owner(&self, _: Id<Self>, command: &Command) -> Owner {
        match (self.thread(), command) {
            (Some(thread), _) => owner_of(thread),
            (None, Command::Open(issue)) => {
                Owner { user: Some(issue.reporter.uuid()), ..Owner::default() }
            }
            (None, _) => Owner::default(),
        }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: Id<Self>,
        command: &Command,
        by: &Actor,
    ) -> Result<Facts, ReadError> {
        match command {
            Command::Assign { to: Some(user) } => {
                let user = aggregates.load(*user).await?;
                let assignee = user.account().map(|account| account.role);
                Ok(Facts { assignee, ..Facts::default() })
            }
            Command::Open(issue) => {
                let mut unnameable =
                    refused_on_behalf_of(aggregates, on_behalf_of(issue, by)).await?;
                if unnameable.is_none() {
                    let named = (issue.product, issue.license, issue.linked_to);
                    unnameable = self::unnameable(aggregates, by, named).await?;
                }
                Ok(Facts { unnameable, ..Facts::default() })
            }
            // A client's comment on an ended issue may open another one.
            Command::Comment(_) if by.role.is_staff() => Ok(Facts::default()),
            Command::Reopen {} | Command::Comment(_) if self.has_ended() => {
                let named =
                    self.thread().map_or((None, None), |thread| (thread.customer, thread.cabinet));
                let unnameable = refused_on_behalf_of(aggregates, named).await?;
                Ok(Facts { unnameable, ..Facts::default() })
            }
            Command::AttachFile(new) => {
                let file = attachable_file(aggregates, new.file, by).await?;
                Ok(Facts { file, ..Facts::default() })
            }
            Command::Edit(edit) => {
                let unnameable =
                    unnameable(aggregates, by, (edit.product, edit.license, None)).await?;
                Ok(Facts { unnameable, ..Facts::default() })
            }
            _ => Ok(Facts::default()),
        }
    }
}

/// The file, if the actor uploaded it for this and nothing is wrong with it.
async fn attachable_file(
    aggregates: &AggregateReader,
    file: FileId,
    by: &Actor,
) -> Result<Option<AttachableFile>, ReadError> {
    let file = aggregates.load(file).await?;
    let is_harmless = file.scan() != ScanStatus::Quarantined;
    let content = file.content().filter(|content| {
        is_harmless && content.owner.uuid() == by.id && content.purpose == Purpose::IssueAttachment
    });
    Ok(content.and_then(|content| {
        let name = content.name.get()?.clone();
        Some(AttachableFile { name, media_type: content.media_type.clone(), size: content.size })
    }))
}

/// Why no issue can be opened for a customer (CRM-3) or in a cabinet (ORG-6), if so.
async fn refused_on_behalf_of(
    aggregates: &AggregateReader,
    (customer, cabinet): (Option<CustomerId>, Option<CabinetId>),
) -> Result<Option<Refusal>, ReadError> {
    if let Some(customer) = customer
        && !is_active_customer(aggregates, customer).await?
    {
        return Ok(Some(Refusal::NoSuchCustomer));
    }
    let Some(id) = cabinet else { return Ok(None) };
    let cabinet = aggregates.load(id).await?;
    Ok(match cabinet.status() {
        _ if !cabinet.is_created() => Some(Refusal::UnknownCabinet),
        CabinetStatus::Closed => Some(Refusal::CabinetClosed),
        CabinetStatus::Active | CabinetStatus::Suspended => None,
    })
}

/// Which of these does not exist, or is outside the scope of `by`, if any.
async fn unnameable(
    aggregates: &AggregateReader,
    by: &Actor,
    (product, license, issue): (Option<ProductId>, Option<LicenseId>, Option<Id<Issue>>),
) -> Result<Option<Refusal>, ReadError> {
    if let Some(product) = product
        && !aggregates.load(product).await?.is_created()
    {
        return Ok(Some(Refusal::UnknownProduct));
    }
    let is_visible = |right, owner: &Owner| policy::granted_scope(right, by).permits(by, owner);
    if let Some(license) = license {
        let license = aggregates.load(license).await?;
        let owner =
            license.grant().map(|grant| Owner { cabinet: Some(grant.cabinet), ..Owner::default() });
        if !owner.is_some_and(|owner| is_visible(Right::LicensesRead, &owner)) {
            return Ok(Some(Refusal::UnknownLicense));
        }
    }
    if let Some(issue) = issue {
        let issue = aggregates.load(issue).await?;
        if !issue.thread().is_some_and(|thread| is_visible(Right::IssuesRead, &owner_of(thread))) {
            return Ok(Some(Refusal::UnknownIssue));
        }
    }
    Ok(None)
}

/// The owner of an issue.
pub fn owner_of(thread: &Thread) -> Owner {
    Owner { user: Some(thread.reporter.uuid()), customer: thread.customer, cabinet: thread.cabinet }
}
