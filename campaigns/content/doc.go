// Package content turns an e-mail written in blocks into what arrives in a mailbox:
// a page that every mail program shows alike, and the same in plain text.
//
// Marketers write merge tags, {{ lead.first_name | default: "friend" }}; what people
// said about themselves goes in as text and never as markup or as an address.
package content
