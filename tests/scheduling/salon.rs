//! A salon in Berlin as other tests use it: a stylist, a chair, a room for three, open daily from
//! nine to six.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::world::{Answer, Caller};
use uuid::Uuid;

/// The ids of the salon's resources and services.
pub(crate) struct Salon {
    pub(crate) admin: Caller,
    /// The opening hours of every resource.
    pub(crate) weekly: Vec<Value>,
    pub(crate) anna: Uuid,
    pub(crate) chair: Uuid,
    pub(crate) room: Uuid,
    /// A service: half an hour with Anna in the chair.
    pub(crate) cut: Uuid,
    /// A service: an hour in the room, for three at once.
    pub(crate) class: Uuid,
}

impl Salon {
    pub(crate) async fn open(admin: Caller) -> Self {
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let day = |day| json!({ "day": day, "from": "09:00:00", "until": "18:00:00" });
        let weekly: Vec<Value> = days.into_iter().map(day).collect();
        let resource = async |kind: &str, name: &str, capacity: u16| {
            let resource = json!({
                "kind": kind, "name": name, "capacity": capacity, "zone": "Europe/Berlin",
                "weekly": weekly,
            });
            admin.post("/resources", resource).await.expect(StatusCode::CREATED).id()
        };
        let service = async |name: &str, minutes: u16, needs: Value| {
            let service = json!({
                "name": name, "phases": [{ "minutes": minutes, "needs": needs }],
                "step_minutes": 30,
            });
            admin.post("/services", service).await.expect(StatusCode::CREATED).id()
        };
        Self {
            anna: resource("person", "Anna", 1).await,
            chair: resource("chair", "Chair 1", 1).await,
            room: resource("room", "Room", 3).await,
            cut: service("Cut", 30, json!(["person", "chair"])).await,
            class: service("Class", 60, json!(["room"])).await,
            weekly: weekly.clone(),
            admin,
        }
    }

    pub(crate) async fn customer(&self) -> Uuid {
        let walk_in = json!({ "name": "Somebody", "walk_in": true });
        self.admin.post("/customers", walk_in).await.expect(StatusCode::CREATED).id()
    }

    /// Books a cut.
    pub(crate) async fn book(&self, customer: Uuid, start: &str) -> Answer {
        self.admin.post("/appointments", self.cut_request(customer, start)).await
    }

    /// The body of a request that books a cut.
    pub(crate) fn cut_request(&self, customer: Uuid, start: &str) -> Value {
        let resources = [self.anna, self.chair];
        json!({
            "customer": customer, "service": self.cut, "resources": resources, "start": start,
        })
    }

    /// The body of a request that books a class.
    pub(crate) fn class_request(&self, customer: Uuid, start: &str) -> Value {
        json!({
            "customer": customer, "service": self.class, "resources": [self.room], "start": start,
        })
    }
}

/// Ten o'clock local time in some days, as the API takes it.
#[expect(clippy::disallowed_methods, reason = "the program under test has the same clock")]
pub(crate) fn start_in_days(days: i64) -> String {
    let date = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(days);
    format!("{date}T10:00:00")
}
