package lately

import (
	"fmt"
	"testing"
)

func TestTheNewestAreRememberedAndTheRoomIsBounded(t *testing.T) {
	m := New[int](100)
	for i := range 1000 {
		m.Put(m.Key(1, fmt.Sprint(i)), i)
		if _, ok := m.Find(m.Key(1, "0")); !ok {
			t.Fatalf("after %d others what is asked for again and again is forgotten", i)
		}
	}
	if n := len(m.now) + len(m.old); n > 200 {
		t.Errorf("%d are kept, at most 200 may", n)
	}
	if v, ok := m.Find(m.Key(1, "999")); !ok || v != 999 {
		t.Errorf("the newest: %d %v", v, ok)
	}
	if _, ok := m.Find(m.Key(1, "500")); ok {
		t.Error("what nobody asked for is kept for ever")
	}
	if _, ok := m.Find(m.Key(2, "999")); ok {
		t.Error("the same text of another thing is taken for it")
	}
}
