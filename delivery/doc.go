// Package delivery sees to it that every e-mail that is due goes out, once, to
// somebody who wants it, and tells what became of it: sent, opened, clicked,
// refused, or held back and why.
//
// A message is a row with the key of its effect, so that whoever asks for it
// twice gets it once. The job that sends it claims the row, hands the e-mail to
// the mail server and commits the outcome of the whole batch. Only between the
// server's answer and that commit can a crash leave a doubt; such messages are
// marked as unsure, and the policy says whether they are sent again under the
// same Message-ID or held for somebody to look at.
package delivery
