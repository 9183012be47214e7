package web

import (
	"sync"

	"github.com/sarnakh/sarnakh/internal/lately"
)

// agent is what the name tells by which a browser or a program asks.
type agent struct {
	device string // one of Devices
	bot    bool
}

// agentsInMind is how many names of late are remembered, in less than a megabyte. Visitors
// come with the same few again and again, and to read one takes longer than to show a page.
const agentsInMind = 1 << 12

// agents remembers what the names told.
var agents = struct {
	sync.Mutex
	lately *lately.Memory[agent]
}{lately: lately.New[agent](agentsInMind)}

// agentOf reads the name in the header User-Agent.
func agentOf(name string) agent {
	key := agents.lately.Key(0, name)
	agents.Lock()
	a, known := agents.lately.Find(key)
	agents.Unlock()
	if known {
		return a
	}
	a = agent{device: device(name), bot: botPattern.MatchString(name)}
	agents.Lock()
	defer agents.Unlock()
	agents.lately.Put(key, a)
	return a
}
