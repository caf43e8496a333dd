"""What the names of kernels say, and where a training step begins and ends between them."""

import pandas as pd
import pytest

from lab.gpu.kinds import BACKWARD, FILES, FORWARD, FUSED, POOLING, PRODUCTS, REST, SMALL, UPDATE, kind_of
from lab.gpu.trace import step_lengths, typical, whole_steps
from scratchnet.problems import Problem

NAMES = {
    "enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__": FILES,
    "Optimizer.step#Adam.step": UPDATE,
    "void at::native::(anonymous namespace)::multi_tensor_apply_kernel<FusedOptimizerTensorListMetadata<4>, "
    "at::native::(anonymous namespace)::FusedAdamMathFunctor<float, 4, (ADAM_MODE)0, false>, float>": UPDATE,
    "triton_poi_fused_convolution_max_pool2d_with_indices_relu_2": FUSED,
    "graph_0_cpp_fused_max_pool2d_with_indices_relu_threshold_backward_1": FUSED,
    "void cudnn::engines_precompiled::nchwToNhwcKernel<float, float, float, false, true>": SMALL,
    "Memcpy HtoD (Pinned -> Device)": SMALL,
    "aten::max_pool2d": POOLING,
    "void at::native::(anonymous namespace)::max_pool_backward_nchw<float, float>": POOLING,
    "aten::conv2d": FORWARD,
    "sm90_xmma_fprop_implicit_gemm_f32f32_tf32f32_f32_nhwckrsc_nchw": FORWARD,
    "void implicit_convolve_sgemm<float, float, 1024, 5, 5, 3, 3, 3, 1, false, false, true>": FORWARD,
    "aten::convolution_backward": BACKWARD,
    "sm80_xmma_wgrad_implicit_gemm_bf16bf16_bf16f32_f32_nhwckrsc_nhwc": BACKWARD,
    "void cudnn::cnn::dgrad2d_grouped_direct_kernel<float>": BACKWARD,
    "aten::linear": PRODUCTS,
    "aten::mm": PRODUCTS,
    "ampere_sgemm_32x128_nn": PRODUCTS,
    "nvjet_tst_64x8_64x16_1x2_h_bz_TNT": PRODUCTS,
    "void cublasLt::splitKreduce_kernel<32, 16, int, float>": PRODUCTS,
    "aten::threshold_backward": SMALL,
    "void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>": SMALL,
    "something of tomorrow": REST,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_kernels_name_says_its_kind(name):
    assert kind_of(name) == NAMES[name]


def recorded(*rows):
    return pd.DataFrame(rows, columns=["kind", "start_us", "duration_us"])


def test_a_step_ends_with_the_last_kernel_of_the_optimizer():
    table = whole_steps(
        recorded(
            (SMALL, 100, 5),  # the first step, of which the beginning is not known
            (UPDATE, 105, 5),
            (FILES, 108, 12),  # the host is ahead of the device, which still updates
            (UPDATE, 110, 10),
            (FORWARD, 125, 5),
            (UPDATE, 130, 10),
            (FORWARD, 145, 5),
            (UPDATE, 150, 15),
            (SMALL, 170, 5),  # what an epoch ends with is no step
        )
    )
    assert table["step"].tolist() == [1, 1, 2, 2]
    assert table["start_us"].tolist() == [5, 10, 25, 30]
    assert step_lengths(table).tolist() == [20, 25]


def test_files_count_from_the_end_of_the_step_before():
    table = whole_steps(recorded((UPDATE, 0, 10), (FILES, 5, 20), (FORWARD, 25, 5), (UPDATE, 30, 10)))
    assert table[["start_us", "duration_us"]].to_numpy().tolist() == [[0, 15], [15, 5], [20, 10]]


def test_typical_steps_are_neighbours_and_of_the_usual_length():
    trace = pd.DataFrame({"step": range(1, 6), "start_us": [0, 10, 40, 50, 60], "duration_us": [10, 30, 10, 10, 2]})
    assert typical(trace, 2).to_numpy().tolist() == [[1, 0, 10], [2, 10, 10]]


def test_a_profile_without_a_whole_step_is_told():
    nothing = pd.DataFrame({"kind": [FORWARD], "start_us": [0.0], "duration_us": [1.0]})
    with pytest.raises(Problem, match="no two updates"):
        whole_steps(nothing)
