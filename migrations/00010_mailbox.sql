-- The development mailbox: what would have gone out, one row for each recipient.
CREATE TABLE mailbox_messages (
    id          {{id}},
    sender      TEXT NOT NULL,
    recipient   TEXT NOT NULL,
    from_name   TEXT NOT NULL DEFAULT '',
    subject     TEXT NOT NULL DEFAULT '',
    sent_at     {{time}} NOT NULL,
    received_at {{time}} NOT NULL,
    raw         {{blob}} NOT NULL
);
CREATE INDEX mailbox_messages_recipient ON mailbox_messages (recipient, id);
