package secure

import (
	"bytes"
	"testing"
)

func TestASignatureIsForOneTextOnePurposeAndOneSecret(t *testing.T) {
	s := NewSigner([]byte("a secret of sixteen"))
	sig := s.Sign("click", "7 https://example.com")
	if !s.Valid("click", "7 https://example.com", sig) {
		t.Error("our own signature is refused")
	}
	for name, ok := range map[string]bool{
		"another text":    s.Valid("click", "8 https://example.com", sig),
		"another purpose": s.Valid("open", "7 https://example.com", sig),
		"another secret":  NewSigner([]byte("another of sixteen")).Valid("click", "7 https://example.com", sig),
		"cut":             s.Valid("click", "7 https://example.com", sig[:15]),
		"empty":           s.Valid("click", "7 https://example.com", ""),
		"moved border":    s.Valid("click\x007", " https://example.com", sig),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestWhatIsSealedOpensOnlyWhereItBelongs(t *testing.T) {
	s := NewSigner([]byte("a secret of sixteen"))
	plain := []byte("srk_abcdefgh_a key that nobody may read")
	sealed := s.Seal("answer", "call 7", plain)
	if bytes.Contains(sealed, []byte("srk_")) || bytes.Equal(sealed, s.Seal("answer", "call 7", plain)) {
		t.Errorf("sealed as %q", sealed)
	}
	if got, err := s.Open("answer", "call 7", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened as %q, %v", got, err)
	}
	if got, err := s.Open("answer", "empty", s.Seal("answer", "empty", nil)); err != nil || len(got) != 0 {
		t.Errorf("nothing opened as %q, %v", got, err)
	}
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another name":    func() ([]byte, error) { return s.Open("answer", "call 8", sealed) },
		"another purpose": func() ([]byte, error) { return s.Open("backup", "call 7", sealed) },
		"another secret": func() ([]byte, error) {
			return NewSigner([]byte("another of sixteen")).Open("answer", "call 7", sealed)
		},
		"changed": func() ([]byte, error) { return s.Open("answer", "call 7", changed) },
		"cut":     func() ([]byte, error) { return s.Open("answer", "call 7", sealed[:5]) },
		"nothing": func() ([]byte, error) { return s.Open("answer", "call 7", nil) },
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s: opened as %q", name, got)
		}
	}
}
