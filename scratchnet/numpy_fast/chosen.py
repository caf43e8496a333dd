"""The implementation, the loss and the optimizer that the settings name, as one learner."""

from scratchnet.numpy_fast.deep import fast_network
from scratchnet.numpy_fast.optimizers import FAST_OPTIMIZERS
from scratchnet.numpy_fast.team import Team
from scratchnet.numpy_nn.learner import NumpyLearner
from scratchnet.numpy_nn.networks import Network
from scratchnet.yours import PROJECT, Parts


def make_learner(network: Network, splits: dict, params, team: Team, parts: Parts = PROJECT) -> NumpyLearner:
    """params: the section train_numpy_cnn of params.yaml. team: the threads of implementation "fast".

    splits: name -> PreparedSplit. parts: whose losses and optimizers, where the implementation is not "fast".
    """
    settings = {"learning_rate": params.learning_rate, "weight_decay": params.weight_decay}
    if params.optimizer != "adam":
        settings["momentum"] = params.momentum
    if params.implementation == "fast":
        network = fast_network(network, splits["train"].images.shape[1], team)
        optimizer = FAST_OPTIMIZERS[params.optimizer](**settings, team=team)
    else:
        optimizer = parts.optimizers.OPTIMIZERS[params.optimizer](**settings)
    loss = parts.losses.LOSSES[params.loss]()
    return NumpyLearner(network, loss, optimizer, splits, params.batch_size, label_smoothing=params.label_smoothing)
