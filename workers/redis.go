package workers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// OpenRedis connects to the Redis at rawURL (redis://, rediss://, redis+sentinel://
// with ?master=NAME, redis+cluster://), or starts an embedded one, which keeps
// nothing and needs to keep nothing, when rawURL is empty. close ends both.
func OpenRedis(ctx context.Context, rawURL string) (rdb redis.UniversalClient, close func() error, err error) {
	// It would write to standard error by itself, past our log; we are told of the
	// same failures as errors.
	logging.Disable()
	if rawURL == "" {
		rdb, close := embedded()
		return rdb, close, nil
	}
	rdb, err = connect(rawURL)
	if err != nil {
		return nil, nil, err
	}
	if err := rdb.Ping(ctx).Err(); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("redis: %w", err), rdb.Close())
	}
	return rdb, rdb.Close, nil
}

// embedded runs Redis inside this process, without a port.
func embedded() (redis.UniversalClient, func() error) {
	m := miniredis.NewMiniRedis()
	rdb := redis.NewClient(&redis.Options{
		Dialer:                   func(context.Context, string, string) (net.Conn, error) { return m.Dial() },
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
	// Its clock stands still by itself; asynq's own keys must expire.
	done := make(chan struct{})
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				m.FastForward(time.Second)
			case <-done:
				return
			}
		}
	}()
	return rdb, func() error {
		close(done)
		err := rdb.Close()
		m.Close()
		return err
	}
}

func connect(rawURL string) (redis.UniversalClient, error) {
	off := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	switch scheme, _, _ := strings.Cut(rawURL, "://"); scheme {
	case "redis", "rediss":
		o, err := redis.ParseURL(rawURL)
		if err != nil {
			return nil, errors.New("redis: the URL cannot be read: write redis://user:password@host:6379/0")
		}
		o.MaintNotificationsConfig = off
		return redis.NewClient(o), nil
	case "redis+sentinel":
		u, err := url.Parse(rawURL)
		if err != nil || u.Query().Get("master") == "" {
			return nil, errors.New("redis: a sentinel URL names the master: redis+sentinel://host1:26379,host2:26379/?master=NAME")
		}
		password, _ := u.User.Password()
		return redis.NewFailoverClient(&redis.FailoverOptions{
			MasterName: u.Query().Get("master"), SentinelAddrs: strings.Split(u.Host, ","),
			Username: u.User.Username(), Password: password,
		}), nil
	case "redis+cluster":
		u, err := url.Parse(rawURL)
		if err != nil || u.Host == "" {
			return nil, errors.New("redis: the URL cannot be read: write redis+cluster://host1:6379,host2:6379")
		}
		password, _ := u.User.Password()
		return redis.NewClusterClient(&redis.ClusterOptions{
			Addrs: strings.Split(u.Host, ","), Username: u.User.Username(), Password: password,
			// A master's death is noticed within seconds, not half a minute.
			ClusterStateReloadInterval: 2 * time.Second, DialTimeout: time.Second, DialerRetries: 1,
			MaintNotificationsConfig: off,
		}), nil
	default:
		return nil, errors.New("redis: begin the URL with redis://, rediss://, redis+sentinel:// or redis+cluster://, or leave it empty for the embedded Redis")
	}
}
