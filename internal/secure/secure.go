// Package secure signs what leaves the house and comes back: links in e-mails,
// cookies of visitors, forms.
package secure

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// Signer makes and checks signatures with the installation's secret.
type Signer struct{ secret []byte }

// NewSigner takes the secret: at least 16 bytes, the same on every server.
func NewSigner(secret []byte) *Signer { return &Signer{secret} }

// Sign returns 16 characters that only the holder of the secret can make, for a
// text and the purpose it serves. One purpose's signature is worth nothing for
// another.
func (s *Signer) Sign(purpose, text string) string {
	return base64.RawURLEncoding.EncodeToString(s.sum(purpose, text)[:12])
}

// Valid says whether sig is the signature of text for the purpose, in constant time.
func (s *Signer) Valid(purpose, text, sig string) bool {
	return hmac.Equal([]byte(s.Sign(purpose, text)), []byte(sig))
}

// Hash is a keyed fingerprint, for looking up what must not be stored: an address
// that asked to be forgotten.
func (s *Signer) Hash(purpose, text string) string {
	return base64.RawURLEncoding.EncodeToString(s.sum(purpose, text))
}

func (s *Signer) sum(purpose, text string) []byte {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
