package testkit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestEachRedisIsItsOwn(t *testing.T) {
	one, other := testkit.Redis(t), testkit.Redis(t)
	ctx := context.Background()
	if err := dial(t, one).Set(ctx, "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := dial(t, other).Get(ctx, "key").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("the other server has the key too: %v", err)
	}
}

func TestKilledRedisComesBackEmptyOnTheSameAddress(t *testing.T) {
	server := testkit.Redis(t)
	ctx := context.Background()
	client := dial(t, server)
	if err := client.Set(ctx, "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	if err := client.Get(ctx, "key").Err(); err == nil {
		t.Error("a stopped server answers")
	}
	server.Start()
	if err := client.Get(ctx, "key").Err(); !errors.Is(err, redis.Nil) {
		t.Errorf("after the restart: %v, want no such key", err)
	}
}

func TestFlushForgetsEverything(t *testing.T) {
	server := testkit.Redis(t)
	ctx := context.Background()
	client := dial(t, server)
	if err := client.Set(ctx, "key", "value", 0).Err(); err != nil {
		t.Fatal(err)
	}
	server.Flush()
	if n, err := client.DBSize(ctx).Result(); err != nil || n != 0 {
		t.Errorf("%d keys left (%v)", n, err)
	}
}

func dial(t *testing.T, server *testkit.RedisServer) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries, options.DialerRetries = -1, 1
	client := redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client
}
