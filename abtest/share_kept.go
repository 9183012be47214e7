package abtest

import (
	"context"
	"sync"
	"time"
)

const (
	// sharedKept is how long a report that was read by a link is good for the next reader.
	sharedKept = 10 * time.Second
	// mostShared is how many of them are kept.
	mostShared = 16
)

// sharedReports keeps reports that were read by links of late: nobody knows how many
// people a link goes to, and a report takes long to gather. They are shared: nobody may
// change one.
type sharedReports struct {
	mu   sync.Mutex
	kept map[string]*sharedReport // by the experiment's key
}

type sharedReport struct {
	asked time.Time // when last; held by the lock of all

	mu     sync.Mutex // held while it is gathered, by one reader for all who wait
	report *Report
}

func newSharedReports() *sharedReports {
	return &sharedReports{kept: map[string]*sharedReport{}}
}

// find returns the report of an experiment as it was a few seconds ago, or now.
func (k *sharedReports) find(ctx context.Context, s *Service, key string) (*Report, error) {
	one := k.one(key, s.clock.Now())
	one.mu.Lock()
	defer one.mu.Unlock()
	now := s.clock.Now() // after the wait for whoever gathered it
	if r := one.report; r != nil && !now.Before(r.now) && now.Before(r.now.Add(sharedKept)) {
		return r, nil
	}
	r, err := s.Report(ctx, key)
	if err != nil {
		return nil, err
	}
	one.report = r
	return r, nil
}

// one is the place of an experiment's report; the one that was longest not asked for goes.
func (k *sharedReports) one(key string, now time.Time) *sharedReport {
	k.mu.Lock()
	defer k.mu.Unlock()
	one := k.kept[key]
	if one == nil {
		if len(k.kept) >= mostShared {
			k.dropOldest()
		}
		one = new(sharedReport)
		k.kept[key] = one
	}
	one.asked = now
	return one
}

func (k *sharedReports) dropOldest() {
	var oldest string
	for key, r := range k.kept {
		if oldest == "" || r.asked.Before(k.kept[oldest].asked) {
			oldest = key
		}
	}
	delete(k.kept, oldest)
}
