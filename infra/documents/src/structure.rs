//! The logical structure of a document, for those who do not see it.

use std::num::NonZeroU16;

use krilla::tagging::{
    Identifier, ListNumbering, Node as TagNode, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// The number of a node in its [`Structure`].
pub(crate) type NodeId = usize;

/// What a part of a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Heading(u8, String),
    Paragraph,
    /// Whether it is numbered.
    List(bool),
    Item,
    /// The bullet or number of an item.
    Label,
    ItemBody,
    Table,
    TableHead,
    TableBody,
    Row,
    ColumnHeading,
    RowHeading,
    Cell,
    /// With its description.
    Figure(String),
}

/// A tree of nodes; content on the pages belongs to one of them.
#[derive(Default)]
pub(crate) struct Structure {
    nodes: Vec<Node>,
    roots: Vec<NodeId>,
}

struct Node {
    role: Role,
    children: Vec<NodeId>,
    content: Vec<Identifier>,
}

impl Structure {
    /// Adds a node below another one, or to the document.
    pub(crate) fn add(&mut self, parent: Option<NodeId>, role: Role) -> NodeId {
        let id = self.nodes.len();
        self.nodes.push(Node { role, children: Vec::new(), content: Vec::new() });
        match parent.and_then(|parent| self.nodes.get_mut(parent)) {
            Some(parent) => parent.children.push(id),
            None => self.roots.push(id),
        }
        id
    }

    /// Says that content on a page belongs to a node.
    pub(crate) fn attach(&mut self, node: NodeId, content: Identifier) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.content.push(content);
        }
    }

    pub(crate) fn tree(&self, language: &str) -> TagTree {
        let roots: Vec<_> = self.roots.iter().filter_map(|root| self.group(*root)).collect();
        TagTree::from(roots).with_lang(Some(language.to_owned()))
    }

    fn group(&self, id: NodeId) -> Option<TagNode> {
        let node = self.nodes.get(id)?;
        let content = node.content.iter().copied().map(TagNode::Leaf);
        let children = node.children.iter().filter_map(|child| self.group(*child));
        let children = content.chain(children).collect();
        Some(TagNode::Group(TagGroup::with_children(node.role.tag(), children)))
    }
}

impl Role {
    fn tag(&self) -> TagKind {
        match self {
            Self::Heading(level, title) => {
                let level = NonZeroU16::new((*level).into()).unwrap_or(NonZeroU16::MIN);
                Tag::Hn(level, Some(title.clone())).into()
            }
            Self::Paragraph => Tag::P.into(),
            Self::List(true) => Tag::L(ListNumbering::Decimal).into(),
            Self::List(false) => Tag::L(ListNumbering::Disc).into(),
            Self::Item => Tag::LI.into(),
            Self::Label => Tag::Lbl.into(),
            Self::ItemBody => Tag::LBody.into(),
            Self::Table => Tag::Table.into(),
            Self::TableHead => Tag::THead.into(),
            Self::TableBody => Tag::TBody.into(),
            Self::Row => Tag::TR.into(),
            Self::ColumnHeading => Tag::TH(TableHeaderScope::Column).into(),
            Self::RowHeading => Tag::TH(TableHeaderScope::Row).into(),
            Self::Cell => Tag::TD.into(),
            Self::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
        }
    }
}
