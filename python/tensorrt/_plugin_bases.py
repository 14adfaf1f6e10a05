# SPDX-License-Identifier: Apache-2.0
"""What plugins, creators and resources written in Python derive from.

They are classes of Python, for a plugin usually derives from several of them at once; the extension module wraps their
objects when it hands them to the library. Plugins and creators of C++ libraries count as instances of the same classes.
Tested by python/tests/test_plugins.py.
"""
import abc

from . import tensorrt as _core

__all__ = [
    "IPluginCapability", "IPluginCreator", "IPluginCreatorInterface", "IPluginCreatorV3One", "IPluginResource",
    "IPluginV2", "IPluginV2DynamicExt", "IPluginV2DynamicExtBase", "IPluginV2Ext", "IPluginV3", "IPluginV3OneBuild",
    "IPluginV3OneBuildV2", "IPluginV3OneCore", "IPluginV3OneRuntime", "IVersionedInterface", "InterfaceInfo",
]

_MAJOR, _MINOR, _PATCH = map(int, _core.__version__.split(".")[:3])
_VERSION = _MAJOR * 10000 + _MINOR * 100 + _PATCH


def _missing(self, method):
    raise NotImplementedError(f"{type(self).__name__} has to override {method}")


class _Attribute:
    """An attribute with a docstring; without a default, objects have to set it."""

    def __init__(self, doc, *default):
        self.__doc__, self._default = doc, default

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        if self._default:
            return self._default[0]
        raise AttributeError(f"{type(obj).__name__} has to set {self._name}")


class InterfaceInfo:
    """Name and version of an interface."""

    kind, major, minor = _Attribute("Its name."), _Attribute("Its version."), _Attribute("What was added to that.")

    def __init__(self, kind="", major=1, minor=0):
        self.kind, self.major, self.minor = kind, major, minor

    def __eq__(self, other):
        return isinstance(other, InterfaceInfo) and repr(self) == repr(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self):
        return f"InterfaceInfo({self.kind!r}, {self.major}, {self.minor})"


class IPluginV2(abc.ABC):
    """A layer's computation, second interface. Plugins of C++ have these members; see IPluginV2DynamicExt for Python."""

    num_outputs = _Attribute("Number of outputs.")
    plugin_type = _Attribute("Its name.")
    plugin_version = _Attribute("Its version.")
    plugin_namespace = ""

    def __init__(self) -> None:
        pass

    @property
    def tensorrt_version(self):
        """Version of the interface."""
        return _VERSION

    @property
    def serialization_size(self):
        """Bytes of its state."""
        return len(self.serialize())

    def get_output_shape(self, index, input_shapes):
        """The shape of an output, without the batch."""
        _missing(self, "get_output_shape")

    def supports_format(self, dtype, format):
        """Whether all tensors may be of this type and layout."""
        _missing(self, "supports_format")

    def configure_with_format(self, input_shapes, output_shapes, dtype, format, max_batch_size):
        """Tells shapes, type and layout."""

    def initialize(self):
        """Prepares for execution, once an engine is made."""

    def terminate(self):
        """Undoes initialize() when the engine goes."""

    def get_workspace_size(self, max_batch_size):
        """Bytes of scratch memory that execute_async() needs."""
        return 0

    def execute_async(self, batch_size, inputs, outputs, workspace, stream_handle):
        """Computes: `inputs` and `outputs` are lists of addresses."""
        _missing(self, "execute_async")

    def serialize(self):
        """The state as bytes, which the creator's deserialize_plugin() gets."""
        return b""

    def destroy(self):
        """The library's last call."""

    def clone(self):
        """A plugin with the same state."""
        _missing(self, "clone")


class IPluginV2Ext(IPluginV2):
    """A plugin of the second interface with a type per output."""

    def get_output_data_type(self, index, input_types):
        """The type of output `index`."""
        _missing(self, "get_output_data_type")

    def configure_plugin(self, input_shapes, output_shapes, input_types, output_types, input_is_broadcasted,
                         output_is_broacasted, format, max_batch_size):
        """Tells shapes, types and layout."""

    def attach_to_context(self, cudnn, cublas, allocator):
        """Lends what a context has; there is neither cuDNN nor cuBLAS on the CPU."""

    def detach_from_context(self):
        """Ends that."""


class IPluginV2DynamicExtBase(IPluginV2Ext):
    """What plugins whose shapes vary have in common."""


class IPluginV2DynamicExt(IPluginV2DynamicExtBase):
    """A plugin whose shapes vary. Set `num_outputs`, `plugin_type`, `plugin_version` and `plugin_namespace`."""

    FORMAT_COMBINATION_LIMIT = 100

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
    """An interface that tells its name and the language of its implementation."""

    _interface = ("", 1, 0)

    @property
    def api_language(self):
        """The language of the object."""
        return _core.APILanguage.PYTHON

    @property
    def interface_info(self):
        """Name and version of the interface."""
        return InterfaceInfo(*self._interface)


class IPluginCapability(IVersionedInterface):
    """A part of a plugin of the third interface."""

    def __init__(self) -> None:
        pass


class IPluginV3(IVersionedInterface):
    """A layer's computation, third interface: three capabilities, which may be one object."""

    _interface = ("PLUGIN", 1, 0)

    def __init__(self) -> None:
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

    _interface = ("PLUGIN_V3ONE_CORE", 1, 0)
    plugin_name = _Attribute("Its name.")
    plugin_version = _Attribute("Its version.")
    plugin_namespace = ""


class IPluginV3OneBuild(IPluginCapability):
    """What the builder asks a plugin. Set `num_outputs`."""

    _interface = ("PLUGIN_V3ONE_BUILD", 1, 0)
    num_outputs = _Attribute("Number of outputs.")
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

    _interface = ("PLUGIN_V3ONE_BUILD", 2, 0)

    def get_aliased_input(self, output_index):
        """The input that shares the output's memory; -1 for none."""
        return -1


class IPluginV3OneRuntime(IPluginCapability):
    """What a context asks a plugin."""

    _interface = ("PLUGIN_V3ONE_RUNTIME", 1, 0)

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

    def __init__(self) -> None:
        pass


class IPluginCreator(IPluginCreatorInterface):
    """Makes plugins of the second interface. Set `name`, `plugin_version`, `plugin_namespace` and `field_names`."""

    _interface = ("PLUGIN CREATOR_V1", 1, 0)
    name = _Attribute("Name of its plugins.")
    plugin_version = _Attribute("Version of its plugins.")
    field_names = _Attribute("The fields that its plugins have, as PluginFieldCollection.")
    plugin_namespace = ""

    @property
    def tensorrt_version(self):
        """Version of the interface."""
        return _VERSION

    def create_plugin(self, name, field_collection):
        """A plugin of these fields."""
        _missing(self, "create_plugin")

    def deserialize_plugin(self, name, serialized_plugin):
        """The plugin whose serialize() answered these bytes."""
        _missing(self, "deserialize_plugin")


class IPluginCreatorV3One(IPluginCreatorInterface):
    """Makes plugins of the third interface. Set `name`, `plugin_version`, `plugin_namespace` and `field_names`."""

    _interface = ("PLUGIN CREATOR_V3ONE", 1, 0)
    name = _Attribute("Name of its plugins.")
    plugin_version = _Attribute("Version of its plugins.")
    field_names = _Attribute("The fields that its plugins have, as PluginFieldCollection.")
    plugin_namespace = ""

    def create_plugin(self, name, field_collection, phase):
        """A plugin of these fields; at run time those of get_fields_to_serialize()."""
        _missing(self, "create_plugin")


class IPluginResource(IVersionedInterface):
    """What plugins share under a key of the registry."""

    _interface = ("IPluginResource", 1, 0)

    def __init__(self) -> None:
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
