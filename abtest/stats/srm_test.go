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
	if srm := split(t, Arm{"a", 1, Count{Visitors: 5164}}, Arm{"b", 1, Count{Visitors: 4836}}); !srm.OK || *srm.P < 0.001 {
		t.Errorf("%+v, p %v", srm, *srm.P)
	}
	if srm := split(t, Arm{"a", 1, Count{Visitors: 5165}}, Arm{"b", 1, Count{Visitors: 4835}}); srm.OK || *srm.P >= 0.001 {
		t.Errorf("%+v, p %v", srm, *srm.P)
	}
}

func TestSplitOfFewVisitorsIsShownButSaysNothing(t *testing.T) {
	srm := split(t, Arm{"a", 0.99, Count{Visitors: 100}}, Arm{"b", 0.01, Count{Visitors: 30}})
	if srm.Enough || !srm.OK || srm.P == nil || *srm.P > 0.001 {
		t.Errorf("%+v", srm)
	}
	if empty := split(t, Arm{"a", 1, Count{}}, Arm{"b", 1, Count{}}); empty.Enough || !empty.OK || empty.P != nil {
		t.Errorf("%+v", empty)
	}
}

func TestTrafficInAnArmOfWeightZeroIsItsOwnAlarm(t *testing.T) {
	srm := split(t, Arm{"a", 1, Count{Visitors: 500}}, Arm{"b", 1, Count{Visitors: 510}}, Arm{"c", 0, Count{Visitors: 3}}, Arm{"d", 0, Count{}})
	if len(srm.ZeroWeight) != 1 || srm.ZeroWeight[0] != "c" || srm.DF != 1 || !srm.OK {
		t.Errorf("%+v", srm)
	}
	without := split(t, Arm{"a", 1, Count{Visitors: 500}}, Arm{"b", 1, Count{Visitors: 510}})
	if *without.P != *srm.P {
		t.Errorf("p %v, without the arm %v", *srm.P, *without.P)
	}
}
