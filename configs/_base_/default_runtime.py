default_scope = 'mmseg'
# Tools that do not know the plugin, such as mmseg's own, import it here.
custom_imports = dict(imports=['refinenet_mmseg'], allow_failed_imports=False)
# Loads strictly and safely, resumes exactly, runs on several CPU processes.
runner_type = 'mmseg.SafeRunner'
env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
custom_hooks = [
    dict(type='ChannelsLastHook'),
    dict(type='CheckInvalidLabelHook'),
    dict(type='StopOnNonFiniteLossHook'),
    dict(type='ResultHook'),
]
vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(
    type='SegLocalVisualizer', vis_backends=vis_backends, name='visualizer'
)
log_processor = dict(by_epoch=False)
log_level = 'INFO'
load_from = None
resume = False
tta_model = dict(type='SegTTAModel')
