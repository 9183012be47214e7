// Package testkit is the workbench of Sarnakh's tests: real databases, a real
// Redis, a mail server that can be made to misbehave, a real browser, published
// JavaScript packages and the real program, each made for one test and gone
// with it.
//
// A test that needs a server which is not there is skipped with a message.
// Under `make test` (SARNAKH_TEST_REQUIRE=1) it fails instead, so that nobody
// takes a skipped test for a passed one. To have everything at hand for one
// package:
//
//	go run ./internal/testkit/services -- go test ./leads/...
//
// Only tests import this package.
package testkit
