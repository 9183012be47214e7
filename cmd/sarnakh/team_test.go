package main

import (
	"fmt"
	"io/fs"
	"net/http"
	"testing"

	"github.com/sarnakh/sarnakh/internal/manifest"
	"github.com/sarnakh/sarnakh/internal/testkit"
	"github.com/sarnakh/sarnakh/sample"
)

// teamEmail is whose name stands beside what the tests do in the browser.
const teamEmail = "sara@example.com"

// team opens a tab for somebody of the team, signed in.
func (s *server) team(t *testing.T) *testkit.Chrome {
	t.Helper()
	u, err := s.access.CreateUser(t.Context(), teamEmail, "a good long password")
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.access.SignInLink(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	c := testkit.Browser(t)
	c.Open(link)
	c.Follow("main form button")
	return c
}

// applyAll sets up all of the sample, as the demo does.
func (s *server) applyAll(t *testing.T) {
	t.Helper()
	names, err := fs.Glob(sample.Files, "*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := manifest.Load(sample.Files, names, s.kinds())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.Apply(t.Context(), s.db, s.kinds()); err != nil {
		t.Fatal(err)
	}
}

// readers has people ask for the guide of the sample campaign.
func (s *server) readers(t *testing.T, n int) {
	t.Helper()
	for i := range n {
		a := ask(t, "POST", s.url+"/f/brewing-guide", guide(fmt.Sprintf("reader%d@example.com", i)).Encode(), formEncoded)
		if a.StatusCode != http.StatusSeeOther {
			t.Fatalf("the form answered %d: %s", a.StatusCode, a.body)
		}
	}
}
