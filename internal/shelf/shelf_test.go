package shelf

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// store is a database that can be away.
type store struct {
	value string
	err   error
	loads int
	then  func() // runs between reading and returning
}

func (s *store) load(context.Context, string) (*string, error) {
	s.loads++
	value := s.value
	if s.then != nil {
		s.then()
	}
	return &value, s.err
}

func find(t *testing.T, s *Shelf[string]) string {
	t.Helper()
	value, err := s.Find(context.Background(), "k")
	if err != nil {
		t.Fatal(err)
	}
	return *value
}

func TestAnItemIsLoadedOnceWhileItIsFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := &store{value: "old"}
		s := New(from.load, time.Second)
		for range 10 {
			find(t, s)
		}
		from.value = "new"
		if got := find(t, s); got != "old" || from.loads != 1 {
			t.Errorf("%q after %d loads, want the first one kept", got, from.loads)
		}
		<-time.After(time.Second) // of the bubble's clock, which takes no time
		if got := find(t, s); got != "new" {
			t.Errorf("%q after its time, want it loaded again", got)
		}
	})
}

func TestAForgottenItemIsLoadedAnew(t *testing.T) {
	from := &store{value: "old"}
	s := New(from.load, time.Hour)
	find(t, s)
	from.value = "new"
	s.Forget("k")
	if got := find(t, s); got != "new" {
		t.Errorf("%q, want the new one at once", got)
	}
}

func TestAnItemForgottenWhileItIsLoadedIsNotKept(t *testing.T) {
	from := &store{value: "old"}
	s := New(from.load, time.Hour)
	from.then = func() { s.Forget("k") }
	find(t, s)
	from.value, from.then = "new", nil
	if got := find(t, s); got != "new" {
		t.Errorf("%q, want the new one", got)
	}
}

func TestTheLastKnownItemServesWhileTheDatabaseIsAway(t *testing.T) {
	from := &store{value: "known"}
	s := New(from.load, 0)
	find(t, s)
	from.err = errors.New("away")
	if got := find(t, s); got != "known" {
		t.Errorf("%q, want what was known", got)
	}
	from.err = errs.NotFound
	if _, err := s.Find(context.Background(), "k"); !errors.Is(err, errs.NotFound) {
		t.Errorf("%v, want NotFound: it is gone", err)
	}
}
