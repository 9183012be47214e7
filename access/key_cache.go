package access

import (
	"crypto/sha256"
	"sync"
	"time"

	"github.com/sarnakh/sarnakh/internal/clock"
)

// keyCacheLife bounds how long another process may still take a revoked key.
const keyCacheLife = 5 * time.Second

// cachedKeys bounds the memory of the cache.
const cachedKeys = 1000

// keyCache remembers for a moment which keys were found good, by a hash of the
// whole key, so that a busy script does not cost a query each time.
type keyCache struct {
	wall clock.Clock

	mu       sync.Mutex
	revoking int // grows with each revocation
	good     map[[sha256.Size]byte]goodKey
	noted    map[int64]time.Time // when a key's use was written down last
}

type goodKey struct {
	key   *Key
	until time.Time
}

func newKeyCache(wall clock.Clock) *keyCache {
	return &keyCache{wall: wall, good: map[[sha256.Size]byte]goodKey{}, noted: map[int64]time.Time{}}
}

// get returns the key when it was good a moment ago, else nil and a mark to put it
// with once it is found.
func (c *keyCache) get(whole string) (k *Key, mark int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	g, ok := c.good[sha256.Sum256([]byte(whole))]
	if !ok || !c.wall.Now().Before(g.until) {
		return nil, c.revoking
	}
	return g.key, c.revoking
}

// put remembers a key that was found since mark was given, unless a revocation came
// between: it may have been this one's.
func (c *keyCache) put(whole string, k *Key, mark int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if mark != c.revoking {
		return
	}
	if len(c.good) >= cachedKeys {
		clear(c.good)
	}
	c.good[sha256.Sum256([]byte(whole))] = goodKey{k, c.wall.Now().Add(keyCacheLife)}
}

// forget empties the cache, after a revocation.
func (c *keyCache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revoking++
	clear(c.good)
}

// due says, once a minute for each key, that its use should be written down.
func (c *keyCache) due(k *Key) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.wall.Now()
	if last, ok := c.noted[k.ID]; ok && now.Sub(last) < usedAtMost {
		return false
	}
	c.noted[k.ID] = now
	return true
}
