package webhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/sarnakh/sarnakh/internal/errs"
)

// secretPrefix tells people and programs what the text is.
const secretPrefix = "whsec_"

// The length of a secret's key in bytes, by the specification.
const (
	keyMin = 24
	keyMax = 64
	keyNew = 32
)

// NewSecret makes a signing secret: whsec_ and 32 random bytes in base64.
func NewSecret() string {
	key := make([]byte, keyNew)
	_, _ = rand.Read(key) // never fails: see crypto/rand
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// key decodes a secret into the bytes that sign. A secret of another form is
// errs.Fields.
func key(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	raw, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(raw) < keyMin || len(raw) > keyMax {
		return nil, errs.Fields{"secret": "errors.webhooks.secret"}
	}
	return raw, nil
}

// Sign is the value of webhook-signature for a message sent at a time: one signature
// for each secret, with a space between them. The receiver accepts any of them.
func Sign(id string, at time.Time, body []byte, secrets ...string) (string, error) {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		k, err := key(secret)
		if err != nil {
			return "", err
		}
		mac := hmac.New(sha256.New, k)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		mac.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	return strings.Join(signatures, " "), nil
}
