"""What other tools call the keys of a scenario: lr, batch_size, n_hidden, dt, tau_m. Such a key is refused with the right one."""

from __future__ import annotations

# By key, its names in PyTorch, snnTorch, Norse, Brian, NEST, GeNN, scikit-learn and pandas, without "_", "-" and capitals.
_NAMES = {
    "name": "experiment title runname",
    "seed": "randomseed rngseed randomstate manualseed",
    "data.source": "dataset datasource task",
    "data.path": "file filename datapath datafile csv dataset_path",
    "data.test_path": "testfile testcsv",
    "data.train_samples": "ntrain trainsize numtrain nsamples numsamples",
    "data.test_samples": "ntest testsize numtest testsplit testfraction",
    "data.train_seed": "splitseed dataseed",
    "data.label": "labelcolumn target targetcolumn labels y",
    "data.ignore": "dropcolumns drop skipcolumns usecols",
    "data.delimiter": "sep separator",
    "data.header": "hasheader skiprows",
    "data.missing": "navalues dropna fillna impute",
    "data.scale": "normalize normalise normalization scaling scaler standardize minmax",
    "encoding.kind": "encoder encodingtype coding",
    "encoding.complement": "complements opponent twochannel onoff",
    "encoding.bias": "usebias addbias",
    "network.hidden": "nhidden numhidden hiddensize hiddensizes hiddenlayers hiddenunits nneurons layers layersizes",
    "network.steps": "timesteps numsteps nsteps tsteps t simtime seqlen sequencelength nt",
    "network.dt_ms": "dt timestep deltat stepsize resolution",
    "network.tau_mem_ms": "taum taumem taumembrane tau taumemms membranetimeconstant",
    "network.tau_syn_ms": "taus tausyn tausynapse tausynms tausynexc tausynex",
    "network.threshold": "vth vthresh vthreshold thresholdvoltage theta",
    "network.refractory_steps": "tref trefrac tauref taurefrac refractory refractoryperiod",
    "network.init": "weightinit initweights weightscale initialization initialweights wmean winit",
    "network.reset": "resetmechanism resetmethod vreset",
    "network.integrator": "solver method integration",
    "loss.kind": "lossfn lossfunction criterion losstype",
    "loss.xi_ms": "xi tau0 tau0ms",
    "loss.b_ms": "b tau1",
    "optimizer.learning_rate": "lr learningrate eta alpha stepsizelr lrate initiallr",
    "optimizer.kind": "optim optimizertype optimizername",
    "optimizer.schedule": "scheduler lrschedule lrscheduler learningrateschedule",
    "optimizer.decay": "gamma lrdecay lrgamma learningratedecay",
    "optimizer.step_epochs": "lrstep lrstepsize decayepochs",
    "optimizer.weight_decay": "l2 wd weightdecay regularization",
    "optimizer.epsilon": "eps",
    "optimizer.beta1": "betas beta",
    "optimizer.clip": "clipvalue gradclipvalue",
    "optimizer.clip_norm": "gradclip maxgradnorm clipgrad gradientclip gradclipnorm",
    "training.epochs": "nepochs numepochs nbepochs maxepochs iterations niter",
    "training.copies": "batchsize batch minibatch batchsz bs nbatch trainbatchsize",
    "training.validation_samples": "nval numval valsize validationsplit valsplit validationsize validationfraction",
    "training.patience": "earlystopping earlystop",
    "training.start_from": "checkpoint pretrained loadweights initfrom resumefrom",
    "training.keep": "savebest restorebestweights",
    "training.rate_range": "firingrate targetrate",
    "numerics.weight": "dtype precision bits weightbits wordlength",
    "mapping.neurons_per_pe": "neuronspercore neuronsperpe maxneuronspercore",
    "mapping.pes_per_layer": "ncores cores coresperlayer",
    "chip.tick_us": "tick tickus timescalefactor",
}
SYNONYMS = {name.replace("_", ""): key for key, names in _NAMES.items() for name in names.split()}
# What there is no key for, and why.
NO_KEY = {
    "ninputs": "the inputs are counted in the data",
    "numinputs": "the inputs are counted in the data",
    "inputsize": "the inputs are counted in the data",
    "noutputs": "the outputs are counted in the data: one for each class",
    "numoutputs": "the outputs are counted in the data: one for each class",
    "outputsize": "the outputs are counted in the data: one for each class",
    "nclasses": "the classes are counted in the data",
    "numclasses": "the classes are counted in the data",
    "surrogate": "gradients are those of EventProp, which needs no surrogate",
    "spikegrad": "gradients are those of EventProp, which needs no surrogate",
    "surrogategradient": "gradients are those of EventProp, which needs no surrogate",
    "device": "a run is on the simulated chip with `run`, off it with `train`",
    "shuffle": "training samples are shuffled in each epoch, by `seed`",
    "dropout": "there is none",
}
UNITS = {"_ms": " (in ms)", "_us": " (in microseconds)"}


def answer_to(key: str) -> str:
    """Return how a message ends for a key as other tools call it, or "" if it is none of these names."""
    name = key.rpartition(".")[2].casefold().replace("_", "").replace("-", "")
    if name in NO_KEY:
        return f": {NO_KEY[name]}"
    if name not in SYNONYMS:
        return ""
    found = SYNONYMS[name]
    meaning = {
        "training.copies": ": the samples of a batch, each on a copy of the network",
        "network.steps": ": the steps of a sample",
        "optimizer.beta1": " and optimizer.beta2",
        "data.test_samples": ": a number of samples",
        "training.validation_samples": ": a number of samples",
    }.get(found, "")
    unit = next((unit for suffix, unit in UNITS.items() if found.endswith(suffix)), "")
    return f"; here it is {found}{unit}{meaning}"
