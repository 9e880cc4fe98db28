/*
 * The lock's protocol (PROTOCOL.md, SharedLock.java) for spin. The numbers are the steps.
 *
 * Size         NS participants (2, 3), NT threads each (1, 2), K (or K0 K1 K2) operations a thread, R0 R1 R2 what the threads of a
 *              participant do (1 read, 2 write, 3 both; with NT=2: T0R0 T1R0 T0R1 ... for each thread)
 * Machine      BIAS a domain with light fences (INITSLOW: bias is off at first), else one with full ones; SB a lane's store may stay in a store buffer
 * Death        MAXC kills at any step, MAXI incarnations of a slot (2: a dead one's slot is used again)
 *              ALARM only the watch on the dead ends a sleep after a death; else the bound on each sleep does
 * Behaviour    TIMED writers may give up while they wait or drain, DOWNGRADE, UNCLEAN writers that do not mend,
 *              ADMIT the owner may let waiting readers in, COUNTED holds move to the counted word and are closed by
 *              another thread, JOIN nested holds on a counted word beside its closer and a reader at the gate
 * Left out     NO_... and others below: one step left out or out of order; each must be found
 *
 * Asserted: no writer beside another or beside a reader; no reader on torn data; none is refused on whole data; a writer
 * hears of every writer and reader that died inside. A state in which nothing can happen although somebody has not
 * finished (nobody woke a sleeper, or the dead keep something) is an invalid end state. At the end nothing is left with
 * the living, nor a claim of the dead that nobody may take.
 */
#ifndef NS
#define NS 2
#endif
#ifndef NT
#define NT 1
#endif
#ifndef K
#define K 1
#endif
#ifndef K0
#define K0 K
#endif
#ifndef K1
#define K1 K
#endif
#ifndef K2
#define K2 K
#endif
#define KOF(s) (s==0 -> K0 : (s==1 -> K1 : K2))
#ifndef MAXC
#define MAXC 0
#endif
#ifndef MAXI
#define MAXI 1
#endif
#ifndef R0
#define R0 3
#endif
#ifndef R1
#define R1 3
#endif
#ifndef R2
#define R2 3
#endif
/* with two threads: what the second thread does */
#ifndef S0
#define S0 1
#endif
#ifndef S1
#define S1 1
#endif

#define NL (NS*NT)
#define PART 7 /* participants' bits of writers */
#define SLOW 64
#define EMPTY 255
#define WORD(s,i) ((i)*8+(s)+1)
#define WS(w) (((w)&7)-1)
#define WI(w) ((w)>>3)
#define BIT(s) (1<<(s))
#define ALIVE(w) (inc[WS(w)]==WI(w) && !dead[WS(w)])
#ifdef NO_WANT
#define DEADBIT(i) (dead[i])
#else
#define DEADBIT(i) (want[i]!=inc[i] || dead[i])
#endif
#define SLOTOF(l) ((l)/NT)

#if NS==2
#define FORALLS(X) X(0) X(1)
#define DEADIN(w) ((((w)&1) && DEADBIT(0)) + (((w)&2) && DEADBIT(1)))
#define BITSIN(w) (((w)&1)+(((w)>>1)&1))
#define ALLFIN (fin[0]==NT && fin[1]==NT)
#else
#define FORALLS(X) X(0) X(1) X(2)
#define DEADIN(w) ((((w)&1) && DEADBIT(0)) + (((w)&2) && DEADBIT(1)) + (((w)&4) && DEADBIT(2)))
#define BITSIN(w) (((w)&1)+(((w)>>1)&1)+(((w)>>2)&1))
#define ALLFIN (fin[0]==NT && fin[1]==NT && fin[2]==NT)
#endif
#if NS*NT==2
#define FORALL(X) X(0) X(1)
#define ANYW (inW[0]||inW[1])
#define ANYR (inR[0]||inR[1]||ANYC)
#elif NS*NT==3
#define FORALL(X) X(0) X(1) X(2)
#define ANYW (inW[0]||inW[1]||inW[2])
#define ANYR (inR[0]||inR[1]||inR[2]||ANYC)
#else
#define FORALL(X) X(0) X(1) X(2) X(3)
#define ANYW (inW[0]||inW[1]||inW[2]||inW[3])
#define ANYR (inR[0]||inR[1]||inR[2]||inR[3]||ANYC)
#endif
#if defined(COUNTED) || defined(JOIN)
#define TWOWORDS
#endif

/* ---- shared memory ---- */
#ifdef INITSLOW
byte writers = SLOW;
bit revoked = 1;
#elif defined(BIAS)
byte writers = 0;
bit revoked = 0;
#else
byte writers = SLOW;
#endif
byte owner = 0;
bit odd = 0;          /* token's lowest bit: a section is open, or the data is torn */
bit admit = 0;
bit suspect = 0;
byte want[NS] = 0;
byte lane[NL] = 0;    /* own word: 0 idle, else the holder's incarnation */
#ifdef TWOWORDS
byte counted[NL] = 0; /* incarnation * 4 + count */
#endif
bit gateArmed = 0;    /* bit 0 of the gate word */
bit bellArmed[NS] = 0;

/* ---- who is looking at which value of the gate and bell words, and sleeps on them (1 gate, 2 bell) ---- */
bit gateSame[NL] = 0;
bit bellSame[NS] = 0;
byte asleep[NL] = 0;

/* ---- the machine ---- */
byte inc[NS] = 1;
bit dead[NS] = 0;
bit killed[NS] = 0;
byte gone[NS] = 0;
byte fin[NS] = 0;
byte crashes = 0;
byte buffer[NL] = EMPTY;
byte role[NL];
#if NT>1
bit mutex[NS] = 0;
#endif
#ifdef ALARM
byte user[NS] = 0;
byte watched[NS] = 0;
byte told[NS] = 0;
#endif

/* ---- what is asserted about ---- */
bit inR[NL] = 0;
bit inW[NL] = 0;
bit torn = 0;
bit readersDied = 0;
bit looking[NL] = 0;      /* between the two looks at the token */
bit tokenMoved[NL] = 0;
#ifdef COUNTED
bit inC[NL] = 0;
#if NS==2
#define ANYC (inC[0]||inC[1])
#else
#define ANYC (inC[0]||inC[1]||inC[2])
#endif
#elif defined(JOIN)
byte inC = 0;
#define ANYC (inC!=0)
#else
#define ANYC false
#endif

#ifdef SB
#define FLUSH(x) if :: buffer[x]!=EMPTY -> lane[x]=buffer[x]; buffer[x]=EMPTY :: else fi;
#define STORE(x,v) if :: buffer[x]!=EMPTY -> lane[x]=buffer[x] :: else fi; buffer[x]=v
#else
#define FLUSH(x)
#define STORE(x,v) lane[x]=v
#endif
#ifdef BIAS
#define ORDER(x)
#else
#define ORDER(x) FLUSH(x)
#endif
#ifdef NO_HEAVY
#define HEAVY skip
#else
#define HEAVY d_step { FORALL(FLUSH) skip }
#endif

#define MOVED(x) if :: looking[x] -> tokenMoved[x]=1 :: else fi;
#define GATEMOVES(x) gateSame[x]=0;
#define WAKEGATE(x) if :: asleep[x]==1 -> asleep[x]=0 :: else fi;
#if NT==1
#define WAKEBELL(i) if :: asleep[i]==2 -> asleep[i]=0 :: else fi
#else
#define WAKEBELL(i) if :: asleep[(i)*2]==2 -> asleep[(i)*2]=0 :: else fi; if :: asleep[(i)*2+1]==2 -> asleep[(i)*2+1]=0 :: else fi
#endif

/*
 * Bit 0 set: add 1 by CAS, then wake; two steps. With ALARM one step: a waker that is killed between the two, and whom the
 * sleeper does not watch, costs the sleeper the bound (seen with WAKESPLIT).
 */
#if defined(ALARM) && !defined(WAKESPLIT)
inline strikeGate() {
    d_step { if :: gateArmed -> gateArmed=0; FORALL(GATEMOVES) FORALL(WAKEGATE) skip :: else fi }
}
inline ring(b) {
    d_step { if :: bellArmed[b] -> bellArmed[b]=0; bellSame[b]=0; WAKEBELL(b) :: else fi }
}
#else
inline strikeGate() {
    atomic { if :: gateArmed -> gateArmed=0; FORALL(GATEMOVES) m=1 :: else fi };
    if :: m==1 -> d_step { FORALL(WAKEGATE) m=0 } :: else fi
}
inline ring(b) {
    atomic { if :: bellArmed[b] -> bellArmed[b]=0; bellSame[b]=0; m=1 :: else fi };
    if :: m==1 -> d_step { WAKEBELL(b); m=0 } :: else fi
}
#endif
inline ringOwner() {
    o=owner;
    if :: o!=0 -> ring(WS(o)) :: else fi;
    o=0
}

#define HOLD assert(!ANYW); assert(!torn); inR[l]=1

/* the watch on the dead */
#define PB(s,i) (1<<(((i)-1)*NS+(s)))
#ifdef ALARM
#ifdef NO_WATCHALL
#define WATCHUSER(x) if :: (w&BIT(x)) && want[x]!=0 -> WATCH(WORD(x,want[x])) :: else fi;
#else
#define WATCHUSER(x) if :: user[x]!=0 -> WATCH(WORD(x,user[x])) :: else fi;
#endif
#define WATCH(o) if :: !(told[s]&PB(WS(o),WI(o))) && WS(o)!=s -> watched[s]=watched[s]|PB(WS(o),WI(o)) :: else fi
#else
#define WATCH(o) skip
#define WATCHUSER(x)
#endif

/* what a bounded sleep would still find to do; without a death a sleep has no bound */
#ifdef ALARM
#define BOUND false
#else
#define BOUND (crashes>0)
#endif
#if NT==1
#define CANREP(s) true
#else
#define CANREP(s) (mutex[s]==0)
#endif
#define TAKEABLE(o) ((o)==0 || !ALIVE(o))
#define ALLDEAD ((writers&PART)!=0 && DEADIN(writers&PART)==BITSIN(writers&PART))

#if NT==1
#define l s
#else
#define l (s*2+t)
#endif

proctype P(byte s; byte t) {
    byte o=0, i=0, ops=0, ctx=0, w=0, n=0;
    bit m=0, timed=0, dirty=0;
again:
    { skip;
    /* ---- 2: attach; lease a lane that may carry a dead one's hold */
#if MAXC>0
#ifdef ALARM
    user[s]=inc[s];
#ifdef ATTACHRING
    strikeGate();
#endif
#endif
#if MAXI>1
    if
    :: lane[l]!=0 && lane[l]!=inc[s] ->
       o=lane[l];
#ifndef NO_TAKEOVER
       if :: o!=0 -> suspect=1 :: else fi;
#endif
       d_step { FLUSH(l) lane[l]=0 };
       ringOwner()
    :: else
    fi;
#endif
#endif
NEXTOP:
    atomic { o=0; i=0; ctx=0; w=0; n=0; timed=0; dirty=0;
        if
        :: ops<KOF(s) && (role[l]&1) -> ops++; goto RACQ
        :: ops<KOF(s) && (role[l]&2) -> ops++; goto WACQ
        :: (role[l]==3 || ops>=KOF(s)) -> goto DONE
        fi
    };

    /* ================= reading ================= */
RACQ:
#ifdef LANE_LATE
    w=writers; /* the gate before the lane */
#endif
    atomic { STORE(l,inc[s]); ORDER(l) }; /* 4 */
#ifdef LANE_LATE
    atomic { if :: w==0 -> HOLD; w=0; goto RHELD :: else w=0 fi };
#endif
#ifdef BIAS
    atomic { if :: writers==0 -> HOLD; goto RHELD :: else fi }; /* 5 */
#endif
    atomic { FLUSH(l) /* 6, 7 */
        if
        :: writers==0 -> HOLD; goto RFENCED
        :: (writers&PART)!=0 -> goto RBACK
        :: else
        fi };
#ifdef NO_TORNCHECK
    atomic { HOLD; goto RFENCED };
#endif
    atomic { if :: !odd -> HOLD; goto RFENCED :: else fi };
RBACK:
    atomic { STORE(l,0); /* 8 */
#ifndef NO_BACKFENCE
        FLUSH(l)
#endif
        skip };
    ringOwner();
    goto RARM;

RFENCED: /* 15: by policy, while it holds */
#ifdef BIAS
    if
    :: goto RHELD
    :: skip
    fi;
#ifdef REBIAS_PLAIN
    if :: writers==SLOW -> revoked=0; d_step { FLUSH(l) writers=0 } :: else fi;
#else
#ifndef NO_REBIASZERO
    d_step { FLUSH(l) revoked=0 };
#endif
    d_step { FLUSH(l) if :: writers==SLOW -> writers=0 :: else fi };
#endif
#endif
RHELD:
#ifdef COUNTED
    if
    :: counted[l]==0 -> /* a nested hold that another thread closes; not asked at the gate */
       d_step { FLUSH(l) counted[l]=inc[s]*4+1; inC[l]=1 }
    :: skip
    fi;
#endif
    atomic { inR[l]=0; STORE(l,0); ORDER(l) }; /* 13 */
    if
    :: writers!=0 -> /* 14 */
#ifndef NO_RELFENCE
       d_step { FLUSH(l) skip };
#endif
       if :: (writers&PART)!=0 -> ringOwner() :: else fi
    :: else
    fi;
    goto NEXTOP;

RARM: /* 9 */
#ifdef CHECK_BEFORE_ARM
    if :: (writers&PART)==0 && !odd -> goto RSLOW :: else fi;
    atomic { gateArmed=1; gateSame[l]=1 };
    goto RDEAD;
#else
    atomic { gateArmed=1; gateSame[l]=1 };
#endif
    atomic { w=writers; /* 10 */
        if
        :: w==0 -> w=0; goto RSLOW
        :: (w&PART)!=0 -> w=0
        :: else -> w=0; if :: !odd -> goto RSLOW :: else fi
        fi };
#ifdef ADMIT
    if :: admit -> if :: !odd -> goto RSLOW :: else fi :: else fi;
#endif
    goto RTORN;
RSLOW:
    atomic { STORE(l,inc[s]); FLUSH(l) }; /* 4 */
    atomic {
        if
        :: writers==0 -> HOLD; gateSame[l]=0; goto RFENCED /* 7 */
        :: (writers&PART)!=0
        :: else -> goto RSLOW2
        fi };
#ifdef ADMIT
    atomic { if :: admit -> skip :: else -> goto RBACK2 fi };
    atomic { if :: !odd -> HOLD; gateSame[l]=0; goto RHELD :: else fi };
#endif
    goto RBACK2;
RSLOW2:
    atomic { if :: !odd -> HOLD; gateSame[l]=0; goto RFENCED :: else fi };
RBACK2:
    atomic { STORE(l,0); FLUSH(l) };
    ringOwner();
RTORN: /* torn: the token is odd, nobody claims to write, and it is still the same token */
#ifdef NO_TOKENTWICE
    if :: (writers&PART)!=0 -> goto RDEAD :: else fi;
    atomic { if :: odd -> assert(torn); gateSame[l]=0; goto NEXTOP :: else fi };
#else
    atomic { if :: odd -> looking[l]=1 :: else -> goto RDEAD fi };
    atomic { if :: (writers&PART)!=0 -> looking[l]=0; tokenMoved[l]=0; goto RDEAD :: else fi };
    atomic { looking[l]=0;
        if
        :: odd && !tokenMoved[l] -> assert(torn); gateSame[l]=0; goto NEXTOP /* refused */
        :: else -> tokenMoved[l]=0
        fi };
#endif
RDEAD:
#if MAXC>0
    atomic { w=writers&PART; FORALLS(WATCHUSER) skip };
    atomic { n=DEADIN(w); /* 11 */
        if
        :: w!=0 && n==BITSIN(w) -> w=0
        :: else -> w=0; goto RSLEEP
        fi };
#if NT>1
#ifndef NO_TRYREP
    atomic { if :: mutex[s]==0 -> mutex[s]=1 :: else -> goto RSLEEP fi };
#endif
#endif
    o=owner;
    if
    :: o==0 -> atomic { if :: owner==0 -> owner=WORD(s,inc[s]); ctx=2 :: else fi }
    :: else ->
       WATCH(o);
       atomic { if :: !ALIVE(o) && owner==o -> owner=WORD(s,inc[s]); ctx=2 :: else fi }
    fi;
    o=0;
    if
    :: ctx==2 -> n=0; gateSame[l]=0; goto EVIDENCE
    :: else
    fi;
#if NT>1
#ifndef NO_TRYREP
    mutex[s]=0;
#endif
#endif
#endif
RSLEEP: /* 12; a reader that saw the dead at the gate sleeps shortly only */
    atomic { if :: gateSame[l] -> gateSame[l]=0; asleep[l]=1 :: else fi };
    if
    :: asleep[l]==0
    :: BOUND && asleep[l]==1 && ((writers&PART)==0 || (ALLDEAD && TAKEABLE(owner) && CANREP(s))) -> asleep[l]=0
#if MAXC>0
    :: n!=0 && asleep[l]==1 && ((writers&PART)==0 || (ALLDEAD && TAKEABLE(owner) && CANREP(s))) -> asleep[l]=0
#endif
    fi;
    n=0;
    goto RARM;

    /* ================= writing ================= */
WACQ:
#if NT>1
    atomic { mutex[s]==0 -> mutex[s]=1 };
#endif
#ifdef TIMED
    if :: timed=1 :: timed=0 fi;
#endif
#ifdef W_SLOW_EARLY
    w=writers; /* judged before it owns */
#endif
    atomic { FLUSH(l) want[s]=inc[s] }; /* 16 */
    d_step { FLUSH(l) writers=writers|BIT(s) };
#ifdef HEAVY_EARLY
    HEAVY;
#endif
    atomic { if :: owner==0 -> owner=WORD(s,inc[s]); goto OWNED :: else fi }; /* 18 */
WARM:
    atomic { bellArmed[s]=1; bellSame[s]=1 }; /* 17 */
#ifndef NO_BITLOOP
    if :: !(writers&BIT(s)) -> d_step { FLUSH(l) writers=writers|BIT(s) } :: else fi;
#endif
    o=owner; /* 18, 20 */
    if
    :: o==0 -> atomic { if :: owner==0 -> owner=WORD(s,inc[s]); bellSame[s]=0; o=0; goto OWNED :: else fi }
    :: else ->
       WATCH(o);
       atomic { if :: !ALIVE(o) && owner==o -> owner=WORD(s,inc[s]); bellSame[s]=0; o=0; goto OWNED :: else fi }
    fi;
    o=0;
    atomic { if :: timed -> if :: bellSame[s]=0; goto WITHDRAW :: skip fi :: else fi }; /* 21 */
    atomic { if :: bellSame[s] -> bellSame[s]=0; asleep[l]=2 :: else fi }; /* 22 */
    if
    :: asleep[l]==0 -> goto WARM
    :: BOUND && asleep[l]==2 && TAKEABLE(owner) -> asleep[l]=0; goto WARM
    :: timed && asleep[l]==2 -> asleep[l]=0
    fi;
WITHDRAW: /* 36 */
    atomic { FLUSH(l) writers=writers&(255-BIT(s)); n=((writers&PART)==0) };
#ifndef NO_WITHDRAWWAKE
    if :: n==1 -> strikeGate() :: else fi;
#endif
    n=0;
#ifndef NO_37
    if
    :: owner==0 ->
       if
       :: (writers&PART)!=0 -> atomic { if :: owner==0 -> owner=WORD(s,inc[s]); ctx=4; goto HAND :: else fi }
       :: else
       fi
    :: else
    fi;
#endif
#if NT>1
    mutex[s]=0;
#endif
    goto NEXTOP;

OWNED:
    ctx=1;
#ifndef W_SLOW_EARLY
    w=writers;
#endif
#ifndef NO_23
    if
    :: !(w&BIT(s)) ->
       d_step { FLUSH(l) writers=writers|BIT(s) }; /* 23 */
#ifndef NO_RELOAD
       w=writers
#endif
    :: else
    fi;
#endif
#ifdef BIAS
    if /* 24 */
    :: !(w&SLOW) -> goto REVOKE
    :: else
    fi;
#ifndef NO_REVOKED
    if :: revoked==0 -> goto REVOKE :: else fi;
#endif
    goto REVOKED;
REVOKE:
#ifndef NO_REVOKEZERO
    atomic { FLUSH(l) revoked=0 };
#endif
    atomic { FLUSH(l) writers=writers|SLOW };
#ifndef HEAVY_EARLY
    HEAVY;
#endif
    d_step { FLUSH(l) revoked=1 };
REVOKED:
#else
    skip;
#endif
#ifdef ADMIT
#ifndef NO_ADMITRESET
    if :: admit -> d_step { FLUSH(l) admit=0 } :: else fi;
#endif
#endif
EVIDENCE:
#if MAXC>0
    if
    :: ctx==2 -> w=writers&PART
    :: ctx!=2 && (w&PART&(255-BIT(s)))!=0 -> w=writers&PART
    :: else -> w=0; goto CLEARED
    fi;
    i=0;
    do /* 40 */
    :: i<NS ->
       if
       :: (w&BIT(i)) && DEADBIT(i) ->
          atomic { FLUSH(l) writers=writers&(255-BIT(i)); n=((writers&PART)==0) }; /* 41 */
#ifndef NO_RINGCLEAR
          ring(i);
#endif
#ifndef NO_CLEARWAKE
          if :: n==1 -> strikeGate() :: else fi;
#endif
          n=0
       :: else
       fi;
       i++
    :: else -> break
    od;
    i=0; w=0;
CLEARED:
    if
    :: ctx==2 -> goto HAND
    :: else
    fi;
#else
    w=0;
#endif
#ifdef ADMIT
    if
    :: !odd -> /* waiting readers get in, for a while */
       d_step { FLUSH(l) admit=1 };
       strikeGate();
#ifndef ADMIT_LATE
       d_step { FLUSH(l) admit=0 }
#endif
    :: skip
    fi;
#endif
    /* 26: lane by lane, the own word before the counted one */
    i=0;
    do
    :: i<NL ->
#ifdef TWOWORDS
#ifdef SCAN_COUNTED_FIRST
       n=1;
#else
       n=0;
#endif
DWORD:
#endif
#ifdef TWOWORDS
#define LANEWORD(x) (n==0 -> lane[x] : counted[x]&253)
#define HOLDER(x) (n==0 -> lane[x] : counted[x]/4)
#define ISHELD(x) (n==0 -> lane[x]!=0 : (counted[x]&3)!=0)
#else
#define HOLDER(x) lane[x]
#define ISHELD(x) (lane[x]!=0)
#endif
       if
       :: !ISHELD(i) -> goto DNEXT
       :: else
       fi;
DARM:
       atomic { bellArmed[s]=1; bellSame[s]=1 };
       atomic { if :: !ISHELD(i) -> bellSame[s]=0; goto DNEXT :: else fi;
           o=HOLDER(i); WATCH(WORD(SLOTOF(i),o)) };
#if MAXC>0
       if
       :: o!=inc[SLOTOF(i)] || dead[SLOTOF(i)] -> /* 27 */
#ifdef SUSPECT_LATE
          atomic { if :: HOLDER(i)==o -> CLEARLANE :: else fi };
          suspect=1;
#else
          suspect=1;
#ifdef TWOWORDS
          d_step { if :: n==0 && lane[i]==o -> lane[i]=0 :: n==1 && counted[i]/4==o -> counted[i]=0 :: else fi };
#else
          d_step { if :: lane[i]==o -> lane[i]=0 :: else fi };
#endif
#endif
          o=0; bellSame[s]=0;
          goto DARM
       :: else
       fi;
#endif
       atomic { if :: timed -> if :: bellSame[s]=0; o=0; ctx=4; goto GIVEUP :: skip fi :: else fi }; /* 28 */
       atomic { if :: bellSame[s] -> bellSame[s]=0; asleep[l]=2 :: else fi };
       if
       :: asleep[l]==0 -> o=0; goto DARM
       :: BOUND && asleep[l]==2 && (HOLDER(i)!=o || o!=inc[SLOTOF(i)] || dead[SLOTOF(i)]) -> asleep[l]=0; o=0; goto DARM
       :: timed && asleep[l]==2 -> asleep[l]=0; o=0; ctx=4; goto GIVEUP
       fi;
DNEXT:
#ifdef TWOWORDS
#ifdef SCAN_COUNTED_FIRST
       if :: n==1 -> n=0; goto DWORD :: else fi;
#else
       if :: n==0 -> n=1; goto DWORD :: else fi;
#endif
       n=0;
#endif
       i++
    :: else -> break
    od;
    i=0;
#ifdef ADMIT_LATE
    d_step { FLUSH(l) admit=0 };
#endif

    atomic { /* 29, 30 */
        dirty=odd; odd=1; FORALL(MOVED)
        assert(!ANYW); assert(!ANYR); inW[l]=1;
        assert(!torn || dirty);
        assert(!readersDied || suspect)
    };
    if
#ifdef UNCLEAN
    :: dirty -> inW[l]=0; goto UNCLEANEND
#endif
#ifdef DOWNGRADE
    :: torn=0; ctx=3; /* 31 */
#ifndef DOWNGRADE_LATE
       d_step { STORE(l,inc[s]); FLUSH(l) }
#endif
#endif
    :: torn=0
    fi;
    atomic { suspect=0; readersDied=0; inW[l]=0; odd=0; FORALL(MOVED)
        if :: ctx==3 -> inR[l]=1 :: else fi };
    goto BITOFF;
#ifdef UNCLEAN
UNCLEANEND:
#ifdef UNCLEAN_EVEN
    atomic { odd=0; FORALL(MOVED) skip };
#else
#endif
#endif
BITOFF:
GIVEUP: /* 32, 33 */
    i=0;
    d_step { FLUSH(l) writers=writers&(255-BIT(s)) };
#ifdef DOWNGRADE_LATE
    if :: ctx==3 -> d_step { STORE(l,inc[s]); FLUSH(l) } :: else fi;
#endif
#if NT>1
    if :: ctx!=4 -> mutex[s]=0 :: else fi; /* opened before the owner word */
#endif
HAND: /* 45 */
#ifdef RING_EARLY
    w=writers&PART;
    i=0;
    do
    :: i<NS -> if :: w&BIT(i) -> ring(i) :: else fi; i++
    :: else -> break
    od;
#endif
    atomic { FLUSH(l) owner=0 };
    w=writers&PART;
#ifndef NO_HANDWAKE
    if :: w==0 -> strikeGate() :: else fi;
#endif
#ifndef RING_EARLY
    i=0;
    do
    :: i<NS -> if :: w&BIT(i) -> ring(i) :: else fi; i++
    :: else -> break
    od;
#endif
    i=0; w=0;
#if NT>1
#ifdef NO_TRYREP
    if :: ctx==4 -> mutex[s]=0 :: else fi;
#else
    if :: ctx==2 || ctx==4 -> mutex[s]=0 :: else fi;
#endif
#endif
    if
    :: ctx==2 -> ctx=0; goto RARM
    :: ctx==3 -> ctx=0; goto RHELD
    :: else -> goto NEXTOP
    fi;
DONE:
    atomic { d_step { FLUSH(l) fin[s]++ }; goto END }
    } unless { killed[s] };
    /* the kill itself has happened; the last thread to notice may be followed by a new process in the slot */
    atomic { o=0; i=0; ops=0; ctx=0; m=0; w=0; n=0; timed=0; dirty=0; gone[s]++ };
    if
    :: inc[s]<MAXI ->
       if
       :: atomic { gone[s]==NT -> gone[s]=0; inc[s]++; dead[s]=0; killed[s]=0 }; goto again
       :: atomic { !killed[s] && inc[s]==MAXI -> skip }; goto again
       fi
    :: else -> fin[s]++
    fi;
END: skip
}
#undef l

#ifdef SB
#define DRAINER(x) :: d_step { buffer[x]!=EMPTY -> lane[x]=buffer[x]; buffer[x]=EMPTY }
active proctype Drainer() {
end: do
    FORALL(DRAINER)
    od
}
#endif

#if MAXC>0
#if NT==1
#define DIES(s) FLUSH(s) THREADDIES(s)
#else
#define DIES(s) FLUSH((s)*2) FLUSH((s)*2+1) mutex[s]=0; THREADDIES((s)*2) THREADDIES((s)*2+1)
#endif
#ifdef COUNTED
#define COUNTEDDIES(x) if :: inC[x] -> readersDied=1; inC[x]=0 :: else fi;
#else
#define COUNTEDDIES(x)
#endif
#define THREADDIES(x) \
    if :: inR[x] -> readersDied=1; inR[x]=0 :: else fi; COUNTEDDIES(x) \
    if :: inW[x] -> torn=1; inW[x]=0 :: else fi; \
    gateSame[x]=0; asleep[x]=0; looking[x]=0; tokenMoved[x]=0;
#ifdef ALARM
#define FORGETS(s) watched[s]=0; told[s]=0;
#else
#define FORGETS(s)
#endif
#ifdef KILL_INW
#define AND(s) && inW[s]
#else
#define AND(s)
#endif
#ifdef KILLONLY
#define MAYDIE(s) && s==KILLONLY
#else
#define MAYDIE(s)
#endif
#define KILL(s) :: d_step { n<MAXC && fin[s]<NT && !killed[s] AND(s) MAYDIE(s) -> \
    n++; crashes++; killed[s]=1; dead[s]=1; bellSame[s]=0; FORGETS(s) DIES(s) skip }
active proctype Killer() {
    byte n=0;
    do
    FORALLS(KILL)
    :: break
    od
}
#endif

#ifdef ALARM
#if MAXI==1
#define DEADBITS(s) (dead[s] -> PB(s,1) : 0)
#else
#define DEADBITS(s) (((inc[s]!=1||dead[s]) -> PB(s,1) : 0) + ((inc[s]==2&&dead[s]) -> PB(s,2) : 0))
#endif
#if NS==2
#define THEDEAD (DEADBITS(0)+DEADBITS(1))
#else
#define THEDEAD (DEADBITS(0)+DEADBITS(1)+DEADBITS(2))
#endif
#define TELL(s) :: d_step { !dead[s] && (watched[s]&THEDEAD)!=0 -> \
    told[s]=told[s]|(watched[s]&THEDEAD); watched[s]=watched[s]&(255-told[s]); \
    gateArmed=0; FORALL(GATEMOVES) FORALL(WAKEGATE) bellArmed[s]=0; bellSame[s]=0; WAKEBELL(s) }
active proctype Alarms() {
end: do
    FORALLS(TELL)
    od
}
#endif

#ifdef COUNTED
/* another thread of the participant, which closes what it was given */
proctype Closer(byte l) {
    byte o=0;
    bit m=0;
again:
    {
end:   do
       :: inC[l] ->
          d_step { inC[l]=0; counted[l]=0 }; /* 13, a full fence */
          if :: (writers&PART)!=0 -> ringOwner() :: else fi /* 14 */
       od
    } unless { killed[SLOTOF(l)] };
    atomic { o=0; m=0; !killed[SLOTOF(l)] };
    goto again
}
#endif

init {
    atomic {
#if NT==1
        role[0]=R0; role[1]=R1;
#if NS>2
        role[2]=R2; run P(2,0);
#endif
        run P(0,0); run P(1,0);
#else
        role[0]=R0; role[1]=S0; role[2]=R1; role[3]=S1;
        run P(0,0); run P(0,1); run P(1,0); run P(1,1);
#endif
#ifdef COUNTED
        run Closer(0); run Closer(1);
#endif
    };
    ALLFIN;
    atomic {
        byte j=0;
        do
        :: j<NS ->
           assert(dead[j] || !(writers&BIT(j)) || DEADBIT(j));
           j++
        :: else -> break
        od;
        assert(TAKEABLE(owner));
        assert(crashes>0 || ((writers&PART)==0 && owner==0));
        assert(odd==torn)
    }
}
