package stats

import "testing"

func split(t *testing.T, arms ...Arm) SRM {
	t.Helper()
	srm, err := CheckSplit(arms)
	if err != nil {
		t.Fatal(err)
	}
	return srm
}

func TestSplitIsBlockedBelowOneInAThousand(t *testing.T) {
	// z of 3.28 and 3.30: p just above and just below .001.
	if srm := split(t, Arm{Key: "a", Weight: 1, Count: Count{Visitors: 5164}}, Arm{Key: "b", Weight: 1, Count: Count{Visitors: 4836}}); !srm.OK || *srm.P < 0.001 {
		t.Errorf("%+v, p %v", srm, *srm.P)
	}
	if srm := split(t, Arm{Key: "a", Weight: 1, Count: Count{Visitors: 5165}}, Arm{Key: "b", Weight: 1, Count: Count{Visitors: 4835}}); srm.OK || *srm.P >= 0.001 {
		t.Errorf("%+v, p %v", srm, *srm.P)
	}
}

func TestSplitOfFewVisitorsIsShownButSaysNothing(t *testing.T) {
	srm := split(t, Arm{Key: "a", Weight: 0.99, Count: Count{Visitors: 100}}, Arm{Key: "b", Weight: 0.01, Count: Count{Visitors: 30}})
	if srm.Enough || !srm.OK || srm.P == nil || *srm.P > 0.001 {
		t.Errorf("%+v", srm)
	}
	if empty := split(t, Arm{Key: "a", Weight: 1, Count: Count{}}, Arm{Key: "b", Weight: 1, Count: Count{}}); empty.Enough || !empty.OK || empty.P != nil {
		t.Errorf("%+v", empty)
	}
}

func TestTrafficInAnArmOfWeightZeroIsItsOwnAlarm(t *testing.T) {
	srm := split(t, Arm{Key: "a", Weight: 1, Count: Count{Visitors: 500}}, Arm{Key: "b", Weight: 1, Count: Count{Visitors: 510}}, Arm{Key: "c", Weight: 0, Count: Count{Visitors: 3}}, Arm{Key: "d", Weight: 0, Count: Count{}})
	if len(srm.ZeroWeight) != 1 || srm.ZeroWeight[0] != "c" || srm.DF != 1 || !srm.OK {
		t.Errorf("%+v", srm)
	}
	without := split(t, Arm{Key: "a", Weight: 1, Count: Count{Visitors: 500}}, Arm{Key: "b", Weight: 1, Count: Count{Visitors: 510}})
	if *without.P != *srm.P {
		t.Errorf("p %v, without the arm %v", *srm.P, *without.P)
	}
}
