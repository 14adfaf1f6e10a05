# SPDX-License-Identifier: Apache-2.0
"""What plugins, creators and resources written in Python derive from.

They are classes of Python, for a plugin usually derives from several of them at once; the extension module wraps their
objects when it hands them to the library. Plugins and creators of C++ libraries count as instances of the same classes.
Tested by python/tests/test_plugins.py.
"""
import abc

from . import tensorrt as _core


def _missing(self, method):
    raise NotImplementedError(f"{type(self).__name__} has to override {method}")


class IPluginV2(abc.ABC):
    """A layer's computation, second interface."""

    def __init__(self):
        pass


class IPluginV2Ext(IPluginV2):
    """A plugin of the second interface with a type per output."""


class IPluginV2DynamicExt(IPluginV2Ext):
    """A plugin whose shapes vary. Set `num_outputs`, `plugin_type`, `plugin_version` and `plugin_namespace`."""

    FORMAT_COMBINATION_LIMIT = 100
    plugin_namespace = ""

    def initialize(self):
        """Prepares for execution, once an engine is made."""

    def terminate(self):
        """Undoes initialize() when the engine goes."""

    def destroy(self):
        """The library's last call."""

    def serialize(self):
        """The state as bytes, which the creator's deserialize_plugin() gets."""
        return b""

    def get_serialization_size(self):
        """Bytes that serialize() answers; the library counts itself."""
        return len(self.serialize())

    def get_output_datatype(self, index, input_types):
        """The type of output `index`."""
        _missing(self, "get_output_datatype")

    def get_output_dimensions(self, output_index, inputs, expr_builder):
        """The shape of an output as DimsExprs, from those of the inputs."""
        _missing(self, "get_output_dimensions")

    def get_workspace_size(self, input_desc, output_desc):
        """Bytes of scratch memory that enqueue() needs."""
        return 0

    def configure_plugin(self, input_desc, output_desc):
        """Tells types, layouts and the range of shapes."""

    def supports_format_combination(self, pos, in_out, num_inputs):
        """Whether tensor `pos` may be as in_out[pos] says, given those before it."""
        _missing(self, "supports_format_combination")

    def enqueue(self, input_desc, output_desc, inputs, outputs, workspace, stream):
        """Computes: `inputs` and `outputs` are addresses. Fails by an exception."""
        _missing(self, "enqueue")

    def clone(self):
        """A plugin with the same state."""
        _missing(self, "clone")


class IVersionedInterface(abc.ABC):
    """An interface that tells the language of its implementation."""

    @property
    def api_language(self):
        """The language of the object."""
        return _core.APILanguage.PYTHON


class IPluginCapability(IVersionedInterface):
    """A part of a plugin of the third interface."""

    def __init__(self):
        pass


class IPluginV3(IVersionedInterface):
    """A layer's computation, third interface: three capabilities, which may be one object."""

    def __init__(self):
        pass

    def get_capability_interface(self, type):
        """The capability of this PluginCapabilityType; often the object itself."""
        _missing(self, "get_capability_interface")

    def clone(self):
        """A plugin with the same state."""
        _missing(self, "clone")

    def destroy(self):
        """Frees what the object holds."""


class IPluginV3OneCore(IPluginCapability):
    """Identity of a plugin. Set `plugin_name`, `plugin_version` and `plugin_namespace`."""

    plugin_namespace = ""


class IPluginV3OneBuild(IPluginCapability):
    """What the builder asks a plugin. Set `num_outputs`."""

    DEFAULT_FORMAT_COMBINATION_LIMIT = 100
    format_combination_limit = 100
    timing_cache_id = ""
    metadata_string = ""

    def get_output_data_types(self, input_types):
        """A list of the outputs' types."""
        _missing(self, "get_output_data_types")

    def get_output_shapes(self, inputs, shape_inputs, expr_builder):
        """A list of the outputs' shapes, as DimsExprs."""
        _missing(self, "get_output_shapes")

    def get_workspace_size(self, input_desc, output_desc):
        """Bytes of scratch memory that enqueue() needs for any shape of the range."""
        return 0

    def configure_plugin(self, input_desc, output_desc):
        """Tells types, layouts and the range of shapes."""

    def supports_format_combination(self, pos, in_out, num_inputs):
        """Whether tensor `pos` may be as in_out[pos].desc says, given those before it."""
        _missing(self, "supports_format_combination")

    def get_valid_tactics(self):
        """Positive numbers of the ways to compute; the first one is used. None for one way only."""
        return []


class IPluginV3OneBuildV2(IPluginV3OneBuild):
    """A build capability whose outputs may be written over inputs."""

    def get_aliased_input(self, output_index):
        """The input that shares the output's memory; -1 for none."""
        return -1


class IPluginV3OneRuntime(IPluginCapability):
    """What a context asks a plugin."""

    def set_tactic(self, tactic):
        """Chooses the way to compute."""

    def on_shape_change(self, input_desc, output_desc):
        """Tells the shapes of the next enqueue()."""

    def enqueue(self, input_desc, output_desc, inputs, outputs, workspace, stream):
        """Computes: `inputs` and `outputs` are addresses. Fails by an exception."""
        _missing(self, "enqueue")

    def attach_to_context(self, resource_context):
        """A clone for one context."""
        return self.clone()

    def get_fields_to_serialize(self):
        """The state as a PluginFieldCollection, which the creator gets at run time."""
        return _core.PluginFieldCollection([])


class IPluginCreatorInterface(IVersionedInterface):
    """Makes plugins."""

    def __init__(self):
        pass


class IPluginCreator(IPluginCreatorInterface):
    """Makes plugins of the second interface. Set `name`, `plugin_version`, `plugin_namespace` and `field_names`."""

    plugin_namespace = ""

    def create_plugin(self, name, field_collection):
        """A plugin of these fields."""
        _missing(self, "create_plugin")

    def deserialize_plugin(self, name, serialized_plugin):
        """The plugin whose serialize() answered these bytes."""
        _missing(self, "deserialize_plugin")


class IPluginCreatorV3One(IPluginCreatorInterface):
    """Makes plugins of the third interface. Set `name`, `plugin_version`, `plugin_namespace` and `field_names`."""

    plugin_namespace = ""

    def create_plugin(self, name, field_collection, phase):
        """A plugin of these fields; at run time those of get_fields_to_serialize()."""
        _missing(self, "create_plugin")


class IPluginResource(IVersionedInterface):
    """What plugins share under a key of the registry."""

    def __init__(self):
        pass

    def release(self):
        """Frees what a clone holds, when its last user is gone."""

    def clone(self):
        """The object that the registry keeps."""
        _missing(self, "clone")


IPluginV2.register(_core._PluginV2)
IPluginV3.register(_core._PluginV3)
IPluginCreatorInterface.register(_core._PluginCreatorInterface)
IPluginCreator.register(_core._PluginCreator)
IPluginCreatorV3One.register(_core._PluginCreatorV3One)
IPluginResource.register(_core._PluginResource)
