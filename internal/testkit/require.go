package testkit

import (
	"os"
	"testing"
)

// lacking ends a test whose server or program is not there: it is skipped, or
// fails where everything has been promised to be there.
func lacking(t testing.TB, what string) {
	t.Helper()
	const how = "; `make test` brings it, or go run ./internal/testkit/services -- go test ./..."
	if os.Getenv("SARNAKH_TEST_REQUIRE") == "1" {
		t.Fatal(what + " (required by SARNAKH_TEST_REQUIRE=1)")
	}
	t.Skip(what + how)
}
