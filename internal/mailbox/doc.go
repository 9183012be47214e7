// Package mailbox is where e-mails go while nothing may leave the house: a mail
// server that keeps what it is sent, and pages that show it as a mail program
// would. The demo and a fresh installation send to it.
package mailbox
