package secure

import "testing"

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
