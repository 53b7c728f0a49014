"""Ride data of a city -> the frame ``rides``: every row kept has a rule, every row lost a reason.

The steps, each in its module: read the files block by block (:mod:`reading`), find the
columns (:mod:`fields`), understand times and service days (:mod:`moments`), find the
stops (:mod:`stopping`), join tap-ins and tap-outs (:mod:`tapping`), put right what cannot
be (:mod:`cleaning`), infer where a ride without tap-out ended (:mod:`destinations`) and
measure the way (:mod:`distances`). :mod:`importing` runs them.

Card numbers never reach the pack: they are hashed with a key that is thrown away, then
numbered in the order of the hashes.
"""
