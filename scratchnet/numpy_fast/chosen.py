"""The implementation, the loss and the optimizer that the settings name, as one learner."""

from scratchnet.numpy_fast.network import FastNetwork
from scratchnet.numpy_fast.optimizers import FAST_OPTIMIZERS
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.losses import LOSSES
from scratchnet.numpy_nn.networks import Network
from scratchnet.numpy_nn.optimizers import OPTIMIZERS


def make_learner(network: Network, splits: dict, params, team: Team) -> NumpyLearner:
    """params: the section train_numpy_cnn of params.yaml. team: the threads of implementation "fast".

    splits: name -> PreparedSplit.
    """
    settings = {"learning_rate": params.learning_rate, "weight_decay": params.weight_decay}
    if params.optimizer == "sgd":
        settings["momentum"] = params.momentum
    if params.implementation == "clear":
        optimizer = OPTIMIZERS[params.optimizer](**settings)
    else:
        network = FastNetwork(network, splits["train"].images.shape[1], team)
        optimizer = FAST_OPTIMIZERS[params.optimizer](**settings, team=team)
    return NumpyLearner(network, LOSSES[params.loss](), optimizer, splits, params.batch_size)
