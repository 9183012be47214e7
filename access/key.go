package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/sarnakh/sarnakh/internal/web"
)

// Key lets a script act in the workspace. Of its secret only a hash is kept.
type Key struct {
	bun.BaseModel `bun:"table:api_keys,alias:key"`

	ID         int64  `bun:",pk,autoincrement" json:"id"`
	Name       string `json:"name"`
	Prefix     string `json:"prefix"` // the part of the key that may be shown
	SecretHash string `json:"-"`
	// Scopes are what the key may do, in the order of KnownScopes.
	Scopes     web.Scopes `bun:"type:jsonb" json:"scopes"`
	CreatedBy  string     `json:"created_by"`
	CreatedAt  time.Time  `json:"created_at"`
	LastUsedAt time.Time  `bun:",nullzero" json:"last_used_at,omitzero"` // to the minute
	RevokedAt  time.Time  `bun:",nullzero" json:"revoked_at,omitzero"`
}

// keyMark begins every key, so that people and leak scanners know one when they see one.
const keyMark = "srk_"

// Shown is how a key appears in lists: enough to tell it from others.
func (k *Key) Shown() string { return keyMark + k.Prefix + "_…" }

// Revoked says whether the key has been made worthless.
func (k *Key) Revoked() bool { return !k.RevokedAt.IsZero() }

// drawKey makes a new key's parts: 8 characters that are shown and 26 that are
// not, 130 bits of chance.
func drawKey() (prefix, secret string) {
	return strings.ToLower(rand.Text()[:8]), strings.ToLower(rand.Text())
}

// splitKey takes srk_<prefix>_<secret> apart.
func splitKey(key string) (prefix, secret string, ok bool) {
	rest, ok := strings.CutPrefix(key, keyMark)
	if !ok || len(rest) > 100 {
		return "", "", false
	}
	prefix, secret, ok = strings.Cut(rest, "_")
	return prefix, secret, ok && drawn(prefix) && drawn(secret)
}

// drawn says whether a text is of the letters that drawKey uses.
func drawn(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// hashSecret is plain SHA-256: a secret drawn by chance needs no slow hash.
func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func (k *Key) accepts(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(k.SecretHash), []byte(hashSecret(secret))) == 1
}
