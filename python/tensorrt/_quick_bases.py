# SPDX-License-Identifier: Apache-2.0
"""Plugins whose formats are listed instead of tried: what other packages build plugins of functions upon.

`tensorrt.plugin` of this package stands on IPluginV3One...; these classes are for programs that derive from them. Kernels
compiled ahead are for GPUs: a plugin that has nothing else is refused when it is added to a network, so the classes that
describe launches are never handed out. Tested by python/tests/test_plugins.py.
"""
from . import tensorrt as _core
from ._plugin_bases import IPluginCapability, IPluginCreatorInterface, _Attribute, _missing

__all__ = [
    "IPluginCreatorV3Quick", "IPluginV3QuickAOTBuild", "IPluginV3QuickBuild", "IPluginV3QuickCore",
    "IPluginV3QuickRuntime", "ISymExpr", "ISymExprs", "KernelLaunchParams",
]


class IPluginV3QuickCore(IPluginCapability):
    """Identity of a plugin. Set `plugin_name`, `plugin_version` and `plugin_namespace`."""

    _interface = ("PLUGIN_V3QUICK_CORE", 1, 0)
    plugin_name = _Attribute("Its name.")
    plugin_version = _Attribute("Its version.")
    plugin_namespace = ""


class IPluginV3QuickBuild(IPluginCapability):
    """What the builder asks a plugin. Set `num_outputs`, or override get_num_outputs()."""

    _interface = ("PLUGIN_V3QUICK_BUILD", 1, 0)
    num_outputs = _Attribute("Number of outputs.")
    timing_cache_id = ""
    metadata_string = ""

    def get_num_outputs(self):
        """Number of outputs."""
        return self.num_outputs

    def get_output_data_types(self, input_types, ranks):
        """A list of the outputs' types."""
        _missing(self, "get_output_data_types")

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        """A list of the outputs' shapes, as DimsExprs."""
        _missing(self, "get_output_shapes")

    def configure_plugin(self, input_desc, output_desc):
        """Tells types, layouts and the range of shapes."""

    def get_supported_format_combinations(self, in_out, num_inputs):
        """PluginTensorDesc of all tensors, inputs first, combination after combination in one list."""
        _missing(self, "get_supported_format_combinations")

    def get_aliased_input(self, output_index):
        """The input that shares the output's memory; -1 for none."""
        return -1

    def get_valid_tactics(self):
        """Positive numbers of the ways to compute; the first one is used. None for one way only."""
        return []


class IPluginV3QuickAOTBuild(IPluginV3QuickBuild):
    """What the builder asks a plugin whose kernels are compiled ahead."""

    _interface = ("PLUGIN_V3QUICKAOT_BUILD", 1, 0)

    def get_launch_params(self, inputs, in_out, num_inputs, launch_params, extra_args, expr_builder):
        """Fills launch size and further arguments of the kernel."""
        _missing(self, "get_launch_params")

    def get_kernel(self, input_desc, output_desc):
        """Name and code of the kernel."""
        _missing(self, "get_kernel")

    def set_tactic(self, tactic):
        """Chooses the way to compute."""


class IPluginV3QuickRuntime(IPluginCapability):
    """What a context asks a plugin."""

    _interface = ("PLUGIN_V3QUICK_RUNTIME", 1, 0)

    def set_tactic(self, tactic):
        """Chooses the way to compute."""

    def enqueue(self, input_desc, output_desc, inputs, outputs, in_strides, out_strides, stream):
        """Computes: `inputs` and `outputs` are addresses, strides are in elements. Fails by an exception."""
        _missing(self, "enqueue")

    def get_fields_to_serialize(self):
        """The state as a PluginFieldCollection, which the creator gets at run time."""
        return _core.PluginFieldCollection([])


class IPluginCreatorV3Quick(IPluginCreatorInterface):
    """Makes such plugins. Set `name`, `plugin_version`, `plugin_namespace` and `field_names`."""

    _interface = ("PLUGIN CREATOR_V3QUICK", 1, 0)
    name = _Attribute("Name of its plugins.")
    plugin_version = _Attribute("Version of its plugins.")
    field_names = _Attribute("The fields that its plugins have, as PluginFieldCollection.")
    plugin_namespace = ""

    def create_plugin(self, name, namespace, field_collection, phase, quick_plugin_creation_request):
        """A plugin of these fields; at run time those of get_fields_to_serialize()."""
        _missing(self, "create_plugin")


class ISymExpr:
    """An integer argument of a kernel."""

    type = _Attribute("Its PluginArgType.", None)
    dtype = _Attribute("Its PluginArgDataType.", None)
    expr = _Attribute("The IDimensionExpr.", None)


class ISymExprs:
    """The further arguments of a kernel."""

    def __init__(self):
        self._items = []

    @property
    def nbSymExprs(self):
        """Their number; new ones are None."""
        return len(self._items)

    @nbSymExprs.setter
    def nbSymExprs(self, count):
        self._items = (self._items + [None] * count)[:count]

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        return self._items[index]

    def __setitem__(self, index, expr):
        self._items[index] = expr


class KernelLaunchParams:
    """Launch size of a kernel compiled ahead, of ISymExpr."""

    grid_x = _Attribute("Blocks along x.", None)
    grid_y = _Attribute("Blocks along y.", None)
    grid_z = _Attribute("Blocks along z.", None)
    block_x = _Attribute("Threads along x.", None)
    block_y = _Attribute("Threads along y.", None)
    block_z = _Attribute("Threads along z.", None)
    shared_mem = _Attribute("Bytes of shared memory.", None)
