"""Everything that knows about the stack below: its versions, its defects.

Two distributions of OpenMMLab's packages share the same import names. Each
function below works around one defect, only where it finds it. Setting the
environment variable ``REFINENET_MMSEG_COMPAT=0`` turns all of them off.
"""

import os

from .requirements import check_requirements

__all__ = ['apply_workarounds', 'check_requirements']


def apply_workarounds() -> None:
    """Apply the workarounds whose defects are present."""
    if os.environ.get('REFINENET_MMSEG_COMPAT') == '0':
        return
    # First what keeps the packages below from being imported at all.
    from .compiled_operators import stand_in_for_compiled_operators
    from .torchvision_operators import declare_torchvision_operators

    declare_torchvision_operators()
    stand_in_for_compiled_operators()

    from .array_inference import check_array_images, keep_pipeline_in_inference
    from .checkpoint_loading import (
        allow_history_in_checkpoints,
        load_downloads_as_data,
        name_unreadable_checkpoints,
        never_load_unguarded,
    )
    from .class_weights import average_over_weighted_pixels
    from .complexity import accept_shape_beside_inputs
    from .config_packages import (
        find_renamed_config_packages,
        register_own_config_package,
    )
    from .cpu_processes import (
        drop_device_ids_on_cpu,
        revert_sync_batch_norm_on_cpu,
        start_processes_on_cpu,
    )
    from .damaged_images import name_damaged_images, refuse_cut_images
    from .downloads import explain_failed_downloads
    from .foreign_weights import refuse_foreign_weights
    from .label_drawing import draw_labels_on_any_image
    from .label_files import refuse_wrong_label_maps
    from .resumed_checkpoints import resume_without_trust
    from .resuming import (
        skip_draws_of_infinite_sampler,
        skip_seen_batches,
    )

    register_own_config_package()
    find_renamed_config_packages()
    allow_history_in_checkpoints()
    never_load_unguarded()
    load_downloads_as_data()
    name_unreadable_checkpoints()
    resume_without_trust()
    refuse_foreign_weights()
    refuse_cut_images()
    name_damaged_images()
    refuse_wrong_label_maps()
    check_array_images()
    keep_pipeline_in_inference()
    average_over_weighted_pixels()
    accept_shape_beside_inputs()
    draw_labels_on_any_image()
    explain_failed_downloads()
    start_processes_on_cpu()
    drop_device_ids_on_cpu()
    revert_sync_batch_norm_on_cpu()
    skip_seen_batches()
    skip_draws_of_infinite_sampler()
