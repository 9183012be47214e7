// Package mail hands finished e-mails to a mail server, one connection for many
// of them, and tells for each whether it was taken, refused, put off, or whether
// nobody can know.
package mail
