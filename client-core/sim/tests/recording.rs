//! Recordings of runs: the same run as without a tape, every message with its end, and faults that a user adds.

use tidewire_sim::{Entry, Fate, Injected, record, run_seed};

#[test]
fn a_tape_changes_nothing() {
    for seed in 0..40 {
        assert_eq!(record(seed, &[]).hash, run_seed(seed).hash, "seed {seed}");
    }
}

#[test]
fn every_message_comes_to_an_end_after_it_was_sent() {
    let mut fates = [0, 0, 0];
    for seed in 0..40 {
        for entry in record(seed, &[]).tape.entries {
            let Entry::Flight(flight) = entry else {
                continue;
            };
            assert!(flight.arrives >= flight.sent, "seed {seed}: {flight:?}");
            match flight.fate {
                Fate::Arrived => fates[0] += 1,
                Fate::Lost => fates[1] += 1,
                Fate::Ignored => fates[2] += 1,
                Fate::Flying => panic!("seed {seed}: {flight:?} is on its way at the end"),
            }
        }
    }
    assert!(fates.iter().all(|count| *count > 0), "{fates:?}");
}

#[test]
fn faults_added_by_hand_happen_and_break_no_law() {
    let names = "cut,half-open,stall,restart,forget,kick,silence,malformed,sleep";
    let mut changed = 0;
    for seed in 0..10 {
        let plain = record(seed, &[]).hash;
        for name in names.split(',') {
            for at in [1_500, 6_000] {
                let injected = Injected::read_list(&format!("{at}:{name}")).unwrap();
                let recording = record(seed, &injected);
                assert_eq!(recording.law, None, "seed {seed}, {name} at {at}");
                changed += usize::from(recording.hash != plain);
            }
        }
    }
    assert!(changed > 60, "{changed}");
}

#[test]
fn a_recording_is_json_with_its_plan() {
    let json = record(13, &Injected::read_list("3000:cut").unwrap()).json();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["healed"].as_u64() < json["end"].as_u64());
    assert!(json["entries"].as_array().unwrap().len() > 50);
    assert_eq!(json["law"], serde_json::Value::Null);
}
