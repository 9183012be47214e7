// Package programs knows the outside programs that Sarnakh's tests run
// against (PostgreSQL, Redis, Chromium, Node.js, a C compiler for the race
// detector), where to find each on this machine and what Debian calls its
// package.
package programs
