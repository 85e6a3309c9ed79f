//! `docs/operations.md`: the statements that it tells people to run in a hurry fit the schema.

use crate::harness::Harness;

const RUNBOOK: &str = include_str!("../../docs/operations.md");

#[test]
fn test_statements_of_the_runbook_fit_the_schema() {
    let blocks = RUNBOOK.split("```sql\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("```").next());
    let inline = RUNBOOK.split('`').filter(|text| text.starts_with("SELECT"));
    let harness = Harness::new();
    let mut count = 0;
    for sql in blocks.chain(inline) {
        let prepared = harness.db.prepare(sql);
        assert!(prepared.is_ok(), "{sql}: {:?}", prepared.err());
        count += 1;
    }
    // Whatever the desk can do is done there.
    assert_eq!(count, 2);
}
