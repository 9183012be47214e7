package conditions_test

import (
	"testing"

	"github.com/sarnakh/sarnakh/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
