//! What was acknowledged is never lost: not when the program is killed, not when its PostgreSQL is.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::process::{Folder, Person, Server, kill_postgres};

/// What the server said yes to: the report as sent and the answer.
type Acknowledged = Arc<Mutex<Vec<(Value, Value)>>>;

/// Sends reports until the connection breaks.
async fn keep_reporting(person: Person, taken: Acknowledged) {
    loop {
        let id = uuid::Uuid::now_v7();
        let report = json!({"id": id, "text": "路边有一堆垃圾没人清理", "matter": "M0101", "lon": 119.98, "lat": 31.78,
                            "source": "call", "external_number": format!("K-{id}")});
        match person.post("/api/cases", &report).await {
            Ok((201, answer)) => taken.lock().unwrap().push((report, answer)),
            Ok((status, answer)) if status < 500 => panic!("refused: {status} {answer}"),
            _ => return,
        }
    }
}

/// Every acknowledged report is there once, as it was answered, with its whole history.
async fn all_there(person: &Person, taken: &Acknowledged) {
    let all = taken.lock().unwrap().clone();
    for (report, answer) in &all {
        let (status, again) = person.post("/api/cases", report).await.unwrap();
        assert_eq!(status, 201, "{again}");
        assert_eq!(
            again["number"], answer["number"],
            "a repeat answers as the first time"
        );
        let id = report["id"].as_str().unwrap();
        let (status, page) = person.get(&format!("/api/cases/{id}")).await.unwrap();
        assert_eq!(status, 200, "{id} was acknowledged and is gone");
        let case = &page["case"];
        assert_eq!(case["number"], answer["number"]);
        let events = page["timeline"].as_array().unwrap().len();
        assert_eq!(
            case["version"].as_u64().unwrap(),
            events as u64,
            "its history is whole"
        );
    }
    let mut numbers: Vec<_> = all.iter().map(|(_, a)| a["number"].to_string()).collect();
    numbers.sort();
    numbers.dedup();
    assert_eq!(numbers.len(), all.len(), "no number was given twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_acknowledged_survives_kills() {
    let folder = Folder::new("killed");
    let data = folder.0.display().to_string();
    let arguments = ["demo", "--data", data.as_str(), "--cases", "40"];
    let taken: Acknowledged = Arc::default();
    let mut server = Server::start(&arguments, &[]).await;
    let mut caller = Person::sign_in(&server.url, "city.dispatch.1").await;
    for round in 0..4_u64 {
        let before = taken.lock().unwrap().len();
        let senders: Vec<_> = (0..8)
            .map(|_| tokio::spawn(keep_reporting(caller.clone(), taken.clone())))
            .collect();
        // Not before something was taken, and at another point of the work each time.
        while taken.lock().unwrap().len() < before + 20 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(37 * round)).await;
        if round % 2 == 1 {
            kill_postgres(&folder.0);
        }
        server.kill();
        for sender in senders {
            sender.await.unwrap();
        }
        server = Server::start(&arguments, &[]).await;
        caller = caller.at(&server.url);
        all_there(&caller, &taken).await;
    }
    let count = taken.lock().unwrap().len();
    assert!(count >= 80, "only {count} reports were acknowledged");
}
